// AWS's credential endpoints on loopback: container, EC2 metadata (v2 only), and STS, which answer as AWS does.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AwsKey } from '@rds-iam/local'

/** What an endpoint was asked. */
export interface AwsRequest {
  readonly endpoint: 'container' | 'metadata' | 'sts'
  /** STS: its parameters. */
  readonly params: URLSearchParams
}

export interface Aws {
  readonly url: string
  /** Whom the endpoints give credentials for, and how often they did. */
  readonly served: AwsRequest[]
  /** An endpoint that is down refuses connections, as far as a client can tell; one that hangs never answers. */
  state: 'up' | 'down' | 'hanging'
  stop(): Promise<void>
}

/** Starts the endpoints. `issue` makes the credentials that they give. */
export async function startAws(issue: (request: AwsRequest) => AwsKey): Promise<Aws> {
  const served: AwsRequest[] = []
  const server: Server = createServer((request, response) => {
    if (aws.state === 'down') request.socket.destroy()
    else if (aws.state === 'up') void answer(request, response, served, issue)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a server that listens on TCP has one
  const aws: Aws = {
    url: `http://127.0.0.1:${port}`,
    served,
    state: 'up',
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return aws
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  served: AwsRequest[],
  issue: (request: AwsRequest) => AwsKey,
): Promise<void> {
  const give = (endpoint: AwsRequest['endpoint'], params = new URLSearchParams()): AwsKey => {
    const asked = { endpoint, params }
    served.push(asked)
    return issue(asked)
  }
  const { method, url } = request
  if (url === '/container') return json(response, metadataForm(give('container')))
  if (method === 'PUT' && url === '/latest/api/token') return void response.end('metadata-session')
  if (url?.startsWith('/latest/meta-data/iam/security-credentials')) {
    // Version 1, without the session's token, is refused, as on an instance that is set up well.
    if (request.headers['x-aws-ec2-metadata-token'] !== 'metadata-session')
      return void response.writeHead(401).end()
    if (url.endsWith('/')) return void response.end('the-role')
    return json(response, { Code: 'Success', Type: 'AWS-HMAC', ...metadataForm(give('metadata')) })
  }
  if (method === 'POST') {
    const params = new URLSearchParams(await text(request))
    const action = params.get('Action')
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = give('sts', params)
    response.setHeader('content-type', 'text/xml')
    return void response.end(`<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <${action}Result><Credentials>
        <AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
        <SessionToken>${sessionToken}</SessionToken><Expiration>${expiration?.toISOString()}</Expiration>
      </Credentials></${action}Result></${action}Response>`)
  }
  response.writeHead(404).end()
}

function metadataForm({ accessKeyId, secretAccessKey, sessionToken, expiration }: AwsKey): object {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: expiration?.toISOString(),
    LastUpdated: new Date().toISOString(),
  }
}

function json(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}
