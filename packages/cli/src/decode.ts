// What a token says of itself. Never its signature, nor its session token.
import { UsageError } from './failure.ts'

export interface DecodedToken {
  /** `host:port`, as it is signed. */
  readonly endpoint: string
  readonly user: string
  readonly region: string
  /** First and last 4 characters of the access key id. */
  readonly keyId: string
  /** Whether temporary credentials signed it, whose end is the token's end too. */
  readonly temporary: boolean
  readonly issued: string
  readonly ends: string
  /** Negative when it has ended. */
  readonly secondsLeft: number
}

/** A token has nothing around it: no scheme, no quotes, which would be a part of the password. */
const FORM = /^[\w.:[\]-]+:\d{1,5}\/\?[^\s"'`#]+$/

/** `lifeMs` is how long it really lives, if that is known: temporary credentials may end sooner than it says. */
export function decodeToken(token: string, lifeMs: number | undefined): DecodedToken {
  const whole = `https://${token}`
  const url = FORM.test(token) && URL.canParse(whole) ? new URL(whole) : undefined
  const of = (name: string): string => url?.searchParams.get(name) ?? ''
  const [keyId = '', , region = '', service] = of('X-Amz-Credential').split('/')
  const issued = Date.parse(of('X-Amz-Date').replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const statedMs = Number(of('X-Amz-Expires')) * 1000
  const signed =
    /^[0-9a-f]{64}$/.test(of('X-Amz-Signature')) &&
    of('X-Amz-SignedHeaders') === 'host' &&
    service === 'rds-db' &&
    statedMs > 0
  if (!url || !signed || of('Action') !== 'connect' || of('DBUser') === '' || Number.isNaN(issued)) {
    // Nothing of it is shown: it may be any secret that was piped here by mistake.
    throw new UsageError(
      'what came on stdin is no RDS token; one is host:port/?Action=connect&… and nothing around it, as printed by: rds-iam token',
    )
  }
  const ends = issued + Math.min(statedMs, lifeMs ?? statedMs)
  return {
    endpoint: token.slice(0, token.indexOf('/?')), // a URL would have its host in lower case, and no port 443
    user: of('DBUser'),
    region,
    keyId: keyId.length > 8 ? `${keyId.slice(0, 4)}…${keyId.slice(-4)}` : '…',
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
    `user          ${user}`,
    `region        ${region}`,
    `key id        ${keyId}${temporary ? ' (temporary: when its session ends, so does the token)' : ''}`,
    `issued        ${issued}`,
    `ends          ${ends}`,
    `seconds left  ${secondsLeft}${secondsLeft < 0 ? ' (it has ended)' : ''}`,
  ].join('\n')
}
