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

/** `lifeMs` is how long it really lives, if that is known: temporary credentials may end sooner than it says. */
export function decodeToken(token: string, lifeMs: number | undefined): DecodedToken {
  const url = URL.canParse(`https://${token}`) ? new URL(`https://${token}`) : undefined
  const of = (name: string): string => url?.searchParams.get(name) ?? ''
  const [keyId = '', , region = '', service] = of('X-Amz-Credential').split('/')
  const issued = Date.parse(of('X-Amz-Date').replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const statedMs = Number(of('X-Amz-Expires')) * 1000
  if (!url || service !== 'rds-db' || of('Action') !== 'connect' || Number.isNaN(issued) || !(statedMs > 0)) {
    // Nothing of it is shown: it may be any secret that was piped here by mistake.
    throw new UsageError(
      'what came on stdin is no RDS token; it begins with host:port/?Action=connect, as printed by: rds-iam token',
    )
  }
  const ends = issued + Math.min(statedMs, lifeMs ?? statedMs)
  return {
    endpoint: url.port === '' ? `${url.hostname}:443` : url.host,
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
