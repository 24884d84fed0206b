// Explains what a token contains, except for its signature and its session token.
import { safeText } from '@rds-iam/core'
import { shownKeyId } from '@rds-iam/core/connect'
import { UsageError } from '../failure.ts'

export interface DecodedToken {
  /** The signed `host:port`; for Aurora DSQL only the host. */
  readonly endpoint: string
  /** The user who may log in. Undefined for Aurora DSQL's DbConnect, which any user except `admin` may log in with. */
  readonly user: string | undefined
  readonly region: string
  /** First and last 4 characters of the access key ID. */
  readonly keyId: string
  /** Whether temporary credentials signed it. It expires when they do. */
  readonly temporary: boolean
  readonly issued: string
  readonly ends: string
  /** Negative if it has expired. */
  readonly secondsLeft: number
}

/** A token has no scheme before it and no quotes around it, which would be part of the password. */
const FORM = /^[\w.[\]:-]+\/\?[^\s"'`#]+$/

const NO_TOKEN = 'stdin does not contain an RDS token; pass exactly what this prints: rds-iam token'

/** The user who may log in with a token, by service and action. */
const USERS = new Map<string, (dbUser: string) => string | undefined>([
  ['rds-db connect', (dbUser) => dbUser],
  ['dsql DbConnect', () => undefined],
  ['dsql DbConnectAdmin', () => 'admin'],
])

/** `lifeMs` is how long the token is really valid, if known: temporary credentials may expire before the token does. */
export function decodeToken(token: string, lifeMs: number | undefined): DecodedToken {
  const whole = `https://${token}`
  const url = FORM.test(token) && URL.canParse(whole) ? new URL(whole) : undefined
  const of = (name: string): string => url?.searchParams.get(name) ?? ''
  const [keyId = '', , region = '', service = ''] = of('X-Amz-Credential').split('/')
  const endpoint = token.slice(0, token.indexOf('/?')) // URL would turn the host into lower case and drop port 443
  const issued = Date.parse(of('X-Amz-Date').replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const statedMs = Number(of('X-Amz-Expires')) * 1000
  const userOf = USERS.get(`${service} ${of('Action')}`)
  const isRds = service === 'rds-db'
  if (
    url === undefined ||
    userOf === undefined ||
    !/^[0-9a-f]{64}$/.test(of('X-Amz-Signature')) ||
    of('X-Amz-SignedHeaders') !== 'host' ||
    !(statedMs > 0) ||
    Number.isNaN(issued) ||
    // A token for RDS contains the port and the user. A token for DSQL contains neither.
    /:\d{1,5}$/.test(endpoint) !== isRds ||
    (of('DBUser') !== '') !== isRds
  ) {
    // Don't show the text, which may be a secret that was piped here by mistake.
    throw new UsageError(NO_TOKEN)
  }
  const ends = issued + Math.min(statedMs, lifeMs ?? statedMs)
  const user = userOf(of('DBUser'))
  return {
    endpoint,
    user: user && safeText(user),
    region: safeText(region),
    keyId: safeText(shownKeyId(keyId)),
    temporary: url.searchParams.has('X-Amz-Security-Token'),
    issued: new Date(issued).toISOString(),
    ends: new Date(ends).toISOString(),
    secondsLeft: Math.floor((ends - Date.now()) / 1000),
  }
}

export function explain(token: DecodedToken): string {
  const { endpoint, user, region, keyId, temporary, issued, ends, secondsLeft } = token
  return [
    `endpoint      ${endpoint}`,
    `user          ${user ?? 'any except admin'}`,
    `region        ${region}`,
    `key ID        ${keyId}${temporary ? ' (temporary: the token ends when its session ends)' : ''}`,
    `issued        ${issued}`,
    `ends          ${ends}`,
    `seconds left  ${secondsLeft}${secondsLeft < 0 ? ' (expired)' : ''}`,
  ].join('\n')
}
