// Reads a token: takes it apart, strictly. What it is worth is judged elsewhere (admission.ts).
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Refusal } from './verdict.ts'

/** A token's parts, decoded. */
export interface Token {
  host: string
  port: number
  action: string
  user: string
  keyId: string
  /** YYYYMMDD, of the credential scope. */
  date: string
  region: string
  service: string
  /** Milliseconds since the epoch. */
  signedAt: number
  expiresSeconds: number
  sessionToken: string | undefined
  /** 64 hex digits. */
  signature: string
  /** What has been signed. */
  stringToSign: string
}

const REQUIRED = [
  'Action',
  'DBUser',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
]
const OPTIONAL = ['X-Amz-Security-Token']

/**
 * Takes a token apart. Accepts one spelling only (that of RFC 3986 with upper-case escapes), so that no two texts
 * are the same token. Throws a {@link Refusal}, whose message never quotes the text: it may be a password.
 */
export function readToken(text: string): Token {
  const [, host, port, query] = /^([^:/?#@\s]+):([1-9]\d{0,4})\/\?(.+)$/s.exec(text) ?? []
  if (host === undefined || port === undefined || query === undefined) {
    throw notAToken(`it is ${text.length} characters that do not begin as a token does, with host:port/?`)
  }
  const parameters = readQuery(query)
  const field = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined || value === '') throw notAToken(`its parameter ${name} is missing or empty`)
    return value
  }
  for (const name of REQUIRED) field(name)
  if (field('Action') !== 'connect') throw notAToken('its Action is not connect')
  if (field('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    throw notAToken('its X-Amz-Algorithm is not AWS4-HMAC-SHA256')
  if (field('X-Amz-SignedHeaders') !== 'host') throw notAToken('its X-Amz-SignedHeaders is not host')
  if (!/^[0-9a-f]{64}$/.test(field('X-Amz-Signature'))) {
    throw notAToken('its X-Amz-Signature is not 64 lower-case hex digits: cut off, perhaps')
  }
  if (!/^(0|[1-9]\d{0,8})$/.test(field('X-Amz-Expires')))
    throw notAToken('its X-Amz-Expires is not a count of seconds')
  const scope = readScope(field('X-Amz-Credential'))
  const signedAt = readDate(field('X-Amz-Date'))
  if (!field('X-Amz-Date').startsWith(scope.date)) {
    throw notAToken('its X-Amz-Credential bears another day than its X-Amz-Date')
  }
  return {
    host,
    port: Number(port),
    action: field('Action'),
    user: field('DBUser'),
    ...scope,
    signedAt,
    expiresSeconds: Number(field('X-Amz-Expires')),
    sessionToken: parameters.has('X-Amz-Security-Token') ? field('X-Amz-Security-Token') : undefined,
    signature: field('X-Amz-Signature'),
    stringToSign: stringToSign(`${host}:${port}`, parameters, scope, field('X-Amz-Date')),
  }
}

/** For a text that is no token, with the first thing that shows it. */
function notAToken(because: string): Refusal {
  return new Refusal('not-a-token', `The password is not a token: ${because}.`)
}

/** Whether the token was signed with this secret. */
export function isSignedWith(secretAccessKey: string, token: Token): boolean {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
  const key = [token.date, token.region, token.service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  )
  return timingSafeEqual(hmac(key, token.stringToSign), Buffer.from(token.signature, 'hex'))
}

function readQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [index, pair] of query.split('&').entries()) {
    const [name = '', escaped = '', ...more] = pair.split('=')
    if (!REQUIRED.includes(name) && !OPTIONAL.includes(name)) {
      throw notAToken(`its parameter no. ${index + 1} is none that a token has`)
    }
    if (parameters.has(name)) throw notAToken(`its parameter ${name} comes twice`)
    const value = more.length === 0 ? fromUri(escaped) : undefined
    if (value === undefined) throw notAToken(`its parameter ${name} is not escaped as RFC 3986 demands`)
    parameters.set(name, value)
  }
  return parameters
}

function fromUri(escaped: string): string | undefined {
  try {
    const value = decodeURIComponent(escaped)
    return toUri(value) === escaped ? value : undefined
  } catch {
    return undefined
  }
}

/** RFC 3986: all but letters, digits, '-', '.', '_' and '~'. */
function toUri(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function readScope(credential: string): { keyId: string; date: string; region: string; service: string } {
  const [keyId = '', date = '', region = '', service = '', end, ...more] = credential.split('/')
  if (
    !/^\w+$/.test(keyId) ||
    !/^\d{8}$/.test(date) ||
    !region ||
    !service ||
    end !== 'aws4_request' ||
    more.length
  ) {
    throw notAToken('its X-Amz-Credential is not KEY/YYYYMMDD/REGION/SERVICE/aws4_request')
  }
  return { keyId, date, region, service }
}

function readDate(text: string): number {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const time = iso === text ? Number.NaN : Date.parse(iso)
  // Date.parse takes 24:00:00 for the next midnight; a token has one spelling only.
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso) {
    throw notAToken('its X-Amz-Date is not a time of the form YYYYMMDDTHHMMSSZ')
  }
  return time
}

function stringToSign(
  hostHeader: string,
  parameters: ReadonlyMap<string, string>,
  scope: { date: string; region: string; service: string },
  date: string,
): string {
  const canonicalQuery = [...parameters]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${toUri(name)}=${toUri(value)}`)
    .sort()
    .join('&')
  const canonicalRequest = ['GET', '/', canonicalQuery, `host:${hostHeader}`, '', 'host', sha256('')].join(
    '\n',
  )
  return [
    'AWS4-HMAC-SHA256',
    date,
    `${scope.date}/${scope.region}/${scope.service}/aws4_request`,
    sha256(canonicalRequest),
  ].join('\n')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
