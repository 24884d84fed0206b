// AWS's credential endpoints on loopback: container, EC2 metadata (v2 only), STS, the SSO portal, and the OIDC tokens of
// GitHub Actions. They answer like the real ones.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { AwsKey } from '@rds-iam/local'
import { type Listening, listen } from './listen.ts'

/** A request to an endpoint. */
export interface AwsRequest {
  readonly endpoint: 'container' | 'metadata' | 'sts' | 'sso'
  readonly path: string
  /** The parameters of STS and SSO. */
  readonly params: URLSearchParams
  /** The client's credential at the container and SSO endpoints. */
  readonly authorization: string | undefined
}

interface Refusal {
  readonly code: string
  readonly message: string
}

/** Credentials, a refusal (only from STS), or an empty answer. */
type Issue = AwsKey | Refusal | undefined

export interface Aws extends Listening {
  /** The requests for credentials. */
  readonly served: AwsRequest[]
  /** To clients, an endpoint that is down seems to refuse connections. One that hangs never answers. */
  state: 'up' | 'down' | 'hanging'
  /** How far AWS's clock is ahead of this machine's, in milliseconds. */
  aheadMs: number
  /** The owner of the credentials, according to STS. */
  caller: { readonly arn: string } | Refusal
  /** Creates the credentials that the endpoints return. STS returns them for an assumed role. */
  issue: (request: AwsRequest) => Issue
  /** Forgets all requests and resets everything. */
  reset(): void
}

const ACCOUNT = '123456789012'
const XML = 'https://sts.amazonaws.com/doc/2011-06-15/'
export const KNOWN = { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders-api/i-0abcdef1234567890` } as const

export async function startAws(issue: (request: AwsRequest) => Issue = () => undefined): Promise<Aws> {
  const server = createServer((request, response) => {
    if (aws.state === 'down') request.socket.destroy()
    else if (aws.state === 'up')
      answer(aws, request, response).catch((error) => response.writeHead(403).end(String(error)))
  })
  const initial = { state: 'up', aheadMs: 0, caller: KNOWN, issue } as const
  const served: AwsRequest[] = []
  const reset = (): void => {
    served.length = 0
    Object.assign(aws, initial)
  }
  const aws: Aws = { ...(await listen(server)), ...initial, served, reset }
  return aws
}

async function answer(aws: Aws, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = request
  const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const give = (endpoint: AwsRequest['endpoint'], params = searchParams): Issue => {
    const authorization = headers.authorization ?? headers['x-amz-sso_bearer_token']?.toString()
    const asked = { endpoint, path, params, authorization }
    aws.served.push(asked)
    return aws.issue(asked)
  }
  response.setHeader('date', new Date(Date.now() + aws.aheadMs).toUTCString())
  if (/^\/(container|v[12]\/credentials)/.test(path)) return json(response, metadataForm(give('container')))
  if (path === '/federation/credentials') return json(response, { roleCredentials: portalForm(give('sso')) })
  if (path === '/github')
    return json(response, { value: `${headers.authorization} ${searchParams.get('audience')}` })
  if (method === 'PUT' && path === '/latest/api/token') return void response.end('metadata-session')
  if (path.startsWith('/latest/meta-data/iam/security-credentials')) {
    // Refuses version 1, which has no session token, like a well-configured instance.
    if (headers['x-aws-ec2-metadata-token'] !== 'metadata-session') return void response.writeHead(401).end()
    if (path.endsWith('/')) return void response.end('the-role')
    return json(response, { Code: 'Success', Type: 'AWS-HMAC', ...metadataForm(give('metadata')) })
  }
  // STS redirects browsers to a page.
  if (method !== 'POST') return void response.writeHead(302).end()
  const params = new URLSearchParams(await text(request))
  const action = params.get('Action') ?? ''
  sts(response, action, action === 'GetCallerIdentity' ? aws.caller : give('sts', params))
}

function sts(response: ServerResponse, action: string, result: Issue | Aws['caller']): void {
  response.setHeader('content-type', 'text/xml')
  if (result && 'code' in result) {
    const { code, message } = result
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
    return void response.writeHead(403).end(`<ErrorResponse xmlns="${XML}">${error}</ErrorResponse>`)
  }
  const fields = result === undefined ? '' : 'arn' in result ? callerForm(result.arn) : keyForm(result)
  response.end(
    `<${action}Response xmlns="${XML}"><${action}Result>${fields}</${action}Result></${action}Response>`,
  )
}

function callerForm(arn: string): string {
  return `<Arn>${arn}</Arn><UserId>AROAEXAMPLE:i-0abcdef1234567890</UserId><Account>${ACCOUNT}</Account>`
}

function keyForm({ accessKeyId, secretAccessKey, sessionToken, expiration }: AwsKey): string {
  return `<Credentials>
    <AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
    <SessionToken>${sessionToken}</SessionToken><Expiration>${expiration?.toISOString()}</Expiration>
  </Credentials>`
}

function metadataForm(issued: Issue): object {
  if (issued === undefined || 'code' in issued) return {}
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    Token: issued.sessionToken,
    Expiration: issued.expiration?.toISOString(),
    LastUpdated: new Date().toISOString(),
  }
}

function portalForm(issued: Issue): object {
  if (issued === undefined || 'code' in issued) return {}
  const { expiration, ...key } = issued
  return { ...key, expiration: expiration?.getTime() }
}

function json(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}
