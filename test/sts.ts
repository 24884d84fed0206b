// AWS's STS on loopback, as much of it as tells whose credentials they are, and the time.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AwsKey } from '@rds-iam/local'

interface Refusal {
  readonly code: string
  readonly message: string
}

export interface Sts {
  readonly url: string
  /** How far its clock is ahead of this machine's, in milliseconds. */
  aheadMs: number
  /** Whose the credentials are: an ARN; or with which code it refuses them. */
  answer: { readonly arn: string } | Refusal
  /** What it answers to those who would assume a role. */
  assumed: AwsKey | Refusal | undefined
  stop(): void
}

const XML = 'https://sts.amazonaws.com/doc/2011-06-15/'
const ACCOUNT = '123456789012'
export const KNOWN = { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders-api/i-0abcdef1234567890` }

export async function startSts(): Promise<Sts> {
  const server = createServer(async (request, response) => {
    const action = new URLSearchParams(await text(request)).get('Action') ?? ''
    response.setHeader('date', new Date(Date.now() + sts.aheadMs).toUTCString())
    response.setHeader('content-type', 'text/xml')
    if (request.method !== 'POST') return void response.writeHead(302).end()
    const answer = action === 'GetCallerIdentity' ? sts.answer : sts.assumed
    if (answer && 'code' in answer) {
      response.writeHead(403)
      return void response.end(`<ErrorResponse xmlns="${XML}"><Error><Type>Sender</Type>
        <Code>${answer.code}</Code><Message>${answer.message}</Message></Error></ErrorResponse>`)
    }
    const result = answer ? resultOf(answer) : ''
    response.end(
      `<${action}Response xmlns="${XML}"><${action}Result>${result}</${action}Result></${action}Response>`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a server that listens on TCP has one
  const sts: Sts = {
    url: `http://127.0.0.1:${port}`,
    aheadMs: 0,
    answer: KNOWN,
    assumed: undefined,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return sts
}

function resultOf(answer: { readonly arn: string } | AwsKey): string {
  if ('arn' in answer) {
    return `<Arn>${answer.arn}</Arn><UserId>AROAEXAMPLE:i-0abcdef1234567890</UserId><Account>${ACCOUNT}</Account>`
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = answer
  return `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
    <SessionToken>${sessionToken}</SessionToken><Expiration>${expiration?.toISOString()}</Expiration></Credentials>`
}
