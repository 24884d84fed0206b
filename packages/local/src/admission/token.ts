// Parses a token, strictly. admission.ts decides whether it is good.
import { stringToSign, toUri } from './signature.ts'
import { Refusal } from './verdict.ts'

/** The decoded parts of a token. */
export interface Token {
  host: string
  /** Undefined in a token for Aurora DSQL, which doesn't contain a port. */
  port: number | undefined
  action: Action
  /** Undefined in a token for Aurora DSQL, which doesn't contain a user. */
  user: string | undefined
  keyId: string
  /** The date in the credential scope, YYYYMMDD. */
  date: string
  region: string
  service: string
  /** Milliseconds since the epoch. */
  signedAt: number
  expiresSeconds: number
  sessionToken: string | undefined
  /** 64 hex digits. */
  signature: string
  /** The text that was signed. */
  stringToSign: string
}

export type Action = 'connect' | 'DbConnect' | 'DbConnectAdmin'

/** Whether the tokens of each action also contain a user and a port. */
const ACTIONS: Readonly<Record<Action, { readonly userAndPort: boolean }>> = {
  connect: { userAndPort: true },
  // https://docs.aws.amazon.com/aurora-dsql/latest/userguide/SECTION_authentication-token.html
  DbConnect: { userAndPort: false },
  DbConnectAdmin: { userAndPort: false },
}

const REQUIRED = [
  'Action',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
]
const OPTIONAL = ['DBUser', 'X-Amz-Security-Token']

/**
 * Parses a token. Accepts only one spelling, RFC 3986 with upper-case escapes, so that two different texts are never
 * the same token. Throws a {@link Refusal}. Its message never quotes the text, which may be a password.
 */
export function readToken(text: string): Token {
  const [, host, port, query] = /^([^:/?#@\s]+)(?::([1-9]\d{0,4}))?\/\?(.+)$/s.exec(text) ?? []
  if (host === undefined || query === undefined) throw notAToken(startOf(text))
  const parameters = readQuery(query)
  const field = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined || value === '') throw notAToken(`its parameter ${name} is missing or empty`)
    return value
  }
  for (const name of REQUIRED) field(name)
  const action = field('Action')
  if (!isAction(action)) throw notAToken(`its Action is not one of ${Object.keys(ACTIONS).join(', ')}`)
  const { userAndPort } = ACTIONS[action]
  if (userAndPort && port === undefined) throw notAToken(startOf(text))
  if (!userAndPort && port !== undefined)
    throw notAToken(`its Action is ${action}, but tokens for Aurora DSQL have no port`)
  if (!userAndPort && parameters.has('DBUser'))
    throw notAToken(`its Action is ${action}, but tokens for Aurora DSQL have no DBUser`)
  if (field('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    throw notAToken('its X-Amz-Algorithm is not AWS4-HMAC-SHA256')
  if (field('X-Amz-SignedHeaders') !== 'host') throw notAToken('its X-Amz-SignedHeaders is not host')
  if (!/^[0-9a-f]{64}$/.test(field('X-Amz-Signature')))
    throw notAToken('its X-Amz-Signature is not 64 lower-case hex digits, so it may be cut off')
  if (!/^(0|[1-9]\d{0,8})$/.test(field('X-Amz-Expires')))
    throw notAToken('its X-Amz-Expires is not a number of seconds')
  const scope = readScope(field('X-Amz-Credential'))
  const signedAt = readDate(field('X-Amz-Date'))
  if (!field('X-Amz-Date').startsWith(scope.date))
    throw notAToken('its X-Amz-Credential and its X-Amz-Date have different days')
  return {
    host,
    port: port === undefined ? undefined : Number(port),
    action,
    user: userAndPort ? field('DBUser') : undefined,
    ...scope,
    signedAt,
    expiresSeconds: Number(field('X-Amz-Expires')),
    sessionToken: parameters.has('X-Amz-Security-Token') ? field('X-Amz-Security-Token') : undefined,
    signature: field('X-Amz-Signature'),
    stringToSign: stringToSign(
      port === undefined ? host : `${host}:${port}`,
      parameters,
      scope,
      field('X-Amz-Date'),
    ),
  }
}

function isAction(text: string): text is Action {
  return Object.hasOwn(ACTIONS, text)
}

function startOf(text: string): string {
  return `its ${text.length} characters do not begin with host:port/?`
}

/** For a text that is not a token, with the first reason. */
export function notAToken(because: string): Refusal {
  return new Refusal('not-a-token', `The password is not a token: ${because}.`)
}

function readQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [index, pair] of query.split('&').entries()) {
    const [name = '', escaped = '', ...more] = pair.split('=')
    if (!REQUIRED.includes(name) && !OPTIONAL.includes(name)) {
      throw notAToken(`its parameter no. ${index + 1} does not exist in tokens`)
    }
    if (parameters.has(name)) throw notAToken(`it has the parameter ${name} twice`)
    const value = more.length === 0 ? fromUri(escaped) : undefined
    if (value === undefined) throw notAToken(`its parameter ${name} is not escaped as RFC 3986 requires`)
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
  // Date.parse accepts 24:00:00 as the next midnight, but a token has only one spelling.
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso) {
    throw notAToken('its X-Amz-Date is not a time of the form YYYYMMDDTHHMMSSZ')
  }
  return time
}
