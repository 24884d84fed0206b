// AWS's STS on loopback, as much of it as tells whose credentials they are, and the time.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Sts {
  readonly url: string
  /** How far its clock is ahead of this machine's, in milliseconds. */
  aheadMs: number
  /** Whose the credentials are: an ARN; or with which code it refuses them. */
  answer: { readonly arn: string } | { readonly code: string; readonly message: string }
  stop(): void
}

const ACCOUNT = '123456789012'
export const KNOWN = { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders-api/i-0abcdef1234567890` }

export async function startSts(): Promise<Sts> {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('date', new Date(Date.now() + sts.aheadMs).toUTCString())
    response.setHeader('content-type', 'text/xml')
    if (request.method !== 'POST') return void response.writeHead(302).end()
    const { answer } = sts
    if ('arn' in answer) {
      return void response.end(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <GetCallerIdentityResult><Arn>${answer.arn}</Arn><UserId>AROAEXAMPLE:i-0abcdef1234567890</UserId>
          <Account>${ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
    }
    response.writeHead(403)
    response.end(`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
      <Code>${answer.code}</Code><Message>${answer.message}</Message></Error></ErrorResponse>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a server that listens on TCP has one
  const sts: Sts = {
    url: `http://127.0.0.1:${port}`,
    aheadMs: 0,
    answer: KNOWN,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return sts
}
