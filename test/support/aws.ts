// The endpoints that AWS credentials come from, on loopback: container, EC2 metadata (v2 only), STS, the SSO portal,
// and the OIDC tokens of GitHub Actions. They answer as the real ones do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { AwsKey } from '@rds-iam/local'
import { type Listening, listen } from './listen.ts'

/** What an endpoint was asked. */
export interface AwsRequest {
  readonly endpoint: 'container' | 'metadata' | 'sts' | 'sso'
  readonly path: string
  /** Those of STS and of SSO. */
  readonly params: URLSearchParams
  /** What the client proved itself by, at the container and SSO endpoints. */
  readonly authorization: string | undefined
}

interface Refusal {
  readonly code: string
  readonly message: string
}

/** Credentials, a refusal (by STS alone), or an answer with nothing in it. */
type Issue = AwsKey | Refusal | undefined

export interface Aws extends Listening {
  /** Whom the endpoints were asked for credentials, and how often. */
  readonly served: AwsRequest[]
  /** An endpoint that is down refuses connections, as far as a client can tell; one that hangs never answers. */
  state: 'up' | 'down' | 'hanging'
  /** How far AWS's clock is ahead of this machine's, in milliseconds. */
  aheadMs: number
  /** Whose the credentials are, as STS says. */
  caller: { readonly arn: string } | Refusal
  /** Makes the credentials that the endpoints give; STS gives them to those who assume a role. */
  issue: (request: AwsRequest) => Issue
  /** Forgets what it was asked, and is as it was at the start. */
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
    // Version 1, without the session's token, is refused, as on an instance that is set up well.
    if (headers['x-aws-ec2-metadata-token'] !== 'metadata-session') return void response.writeHead(401).end()
    if (path.endsWith('/')) return void response.end('the-role')
    return json(response, { Code: 'Success', Type: 'AWS-HMAC', ...metadataForm(give('metadata')) })
  }
  // STS leads browsers to a page.
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
