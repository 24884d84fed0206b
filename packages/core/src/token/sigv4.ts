// Presigns a GET of https://HOST/ with AWS Signature Version 4, over node:crypto.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto'

/** The request to presign. */
export interface UnsignedRequest {
  /** The Host header, port included if the service signs it. */
  readonly host: string
  /** The service's name in the credential scope. */
  readonly service: string
  readonly region: string
  /** The parameters of the service itself. */
  readonly query: Readonly<Record<string, string>>
  readonly expiresSeconds: number
}

/** The keys that sign. */
export interface SigningKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const EMPTY_BODY = hash('')

/** `host/?query`, signed at `now`, in milliseconds since the epoch. There is no scheme, as in a token. */
export function presign(request: UnsignedRequest, keys: SigningKeys, now: number): string {
  const { host, service, region, expiresSeconds } = request
  const { accessKeyId, secretAccessKey, sessionToken } = keys
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '') // 20260101T000000Z
  const scope = [date.slice(0, 8), region, service, 'aws4_request']
  const query = canonicalQuery({
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': [accessKeyId, ...scope].join('/'),
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expiresSeconds),
    ...(sessionToken && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  })
  const canonicalRequest = ['GET', '/', query, `host:${host}`, '', 'host', EMPTY_BODY].join('\n')
  const stringToSign = [ALGORITHM, date, scope.join('/'), hash(canonicalRequest)].join('\n')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return `${host}/?${query}&X-Amz-Signature=${hmac(key, stringToSign).toString('hex')}`
}

function canonicalQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&')
}

/** Keeps only RFC 3986's unreserved characters. encodeURIComponent() keeps five more. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
