// Decides who may log in. Checks a token as RDS does, but also says why it refuses one.
import { isSignedWith } from './signature.ts'
import { type Action, notAToken, readToken, type Token } from './token.ts'
import { Refusal, shortKeyId, shown } from './verdict.ts'

/** An access key that may sign tokens. The AWS SDK's credentials have the same shape. */
export interface AwsKey {
  /** `AKIA…` or `ASIA…`. */
  accessKeyId: string
  /** The secret that tokens are signed with. */
  secretAccessKey: string
  /** Set if the key belongs to a session. Tokens signed with the key must then contain it. */
  sessionToken?: string
  /** When the session ends. Its tokens expire at that moment too, however recent they are. */
  expiration?: Date
}

/** AWS's name for the service that the token is for: RDS and Aurora, or Aurora DSQL. */
export type Service = 'rds-db' | 'dsql'

export interface Rules {
  service: Service
  endpoint: { host: string; port: number }
  region: string
  users: readonly string[]
  findKey: (accessKeyId: string) => AwsKey | undefined
  /** Milliseconds since the epoch. */
  now: () => number
}

/** How long a token may claim to be valid, in seconds. */
const LONGEST_LIFE_SECONDS: Readonly<Record<Service, number>> = {
  'rds-db': 900,
  // https://docs.aws.amazon.com/aurora-dsql/latest/userguide/SECTION_authentication-token.html: one week
  dsql: 604_800,
}
const SKEW_MS = 5 * 60 * 1000

/** What the gate has learned about a token so far, whatever the verdict. */
export interface Seen {
  keyId?: string
  tokenAgeMs?: number
}

/**
 * Throws a {@link Refusal} unless `password` is a token that lets `user` log in.
 *
 * A bad token often fails several checks, and the verdict names the first one, so the order matters. What the token
 * claims is checked first, because a token for another host must not be reported as badly signed. Then come the key,
 * the session and the signature, and then the time. Permission is last: only users who have proven who they are may
 * learn that they lack it.
 */
export function admit(password: string, user: string, rules: Rules, seen: Seen = {}): void {
  const now = rules.now()
  const token = readToken(password)
  seen.keyId = shortKeyId(token.keyId)
  seen.tokenAgeMs = now - token.signedAt
  checkTarget(token, user, rules)
  checkKey(token, rules, now)
  checkTime(token, now)
  if (!rules.users.includes(user)) {
    const allowed = rules.users.join(', ')
    throw new Refusal(
      'user-not-allowed',
      `The token is good, but ${shown(user)} is not one of the users who may log in: ${allowed}.`,
    )
  }
}

function checkTarget(token: Token, user: string, { service, endpoint, region }: Rules): void {
  compare('wrong-service', 'service', token.service, service)
  checkAction(token.action, service, user)
  compare('wrong-region', 'region', token.region, region)
  compare('wrong-host', 'host', token.host, endpoint.host)
  if (token.port !== undefined) compare('wrong-port', 'port', `${token.port}`, `${endpoint.port}`)
  if (token.user !== undefined && token.user !== user) {
    throw new Refusal(
      'wrong-user',
      `The token was signed for the user ${shown(token.user)}, but ${shown(user)} is logging in.`,
    )
  }
  const longest = LONGEST_LIFE_SECONDS[service]
  if (token.expiresSeconds > longest) {
    throw new Refusal(
      'expires-too-long',
      `The token claims to be valid for ${token.expiresSeconds} s, but the limit is ${longest} s.`,
    )
  }
}

function compare(
  reason: 'wrong-service' | 'wrong-region' | 'wrong-host' | 'wrong-port',
  field: string,
  signed: string,
  wanted: string,
): void {
  if (signed === wanted) return
  throw new Refusal(
    reason,
    `The token was signed for the ${field} ${shown(signed)}, but this endpoint's is ${shown(wanted)}.`,
  )
}

/** https://docs.aws.amazon.com/aurora-dsql/latest/userguide/authentication-authorization.html */
function checkAction(action: Action, service: Service, user: string): void {
  const wanted = service === 'rds-db' ? 'connect' : user === 'admin' ? 'DbConnectAdmin' : 'DbConnect'
  if (action === wanted) return
  if (service === 'rds-db' || action === 'connect') throw notAToken(`its Action is not ${wanted}`)
  throw new Refusal(
    'wrong-action',
    `The token's action is ${action}, but ${shown(user)} logs in with ${wanted}.`,
  )
}

function checkKey(token: Token, { findKey }: Rules, now: number): void {
  const id = shortKeyId(token.keyId)
  const key = findKey(token.keyId)
  if (key === undefined)
    throw new Refusal(
      'unknown-key',
      `The token was signed with the access key ${id}, which does not exist here.`,
    )
  if ((key.sessionToken || undefined) !== token.sessionToken) {
    throw new Refusal('wrong-session-token', otherSession(id, key.sessionToken, token.sessionToken))
  }
  if (!isSignedWith(key.secretAccessKey, token)) {
    throw new Refusal(
      'wrong-signature',
      `The signature does not match. The token was not signed with the secret of the access key ${id}, or it was changed afterwards.`,
    )
  }
  const ends = key.expiration?.getTime()
  if (ends !== undefined && !(now < ends)) {
    throw new Refusal(
      'session-ended',
      `The session of the access key ${id} ended at ${iso(ends)}. The gate's clock says ${iso(now)}, and the token is ${age(token, now)} old.`,
    )
  }
}

function checkTime(token: Token, now: number): void {
  const skew = token.signedAt - now
  if (!(skew <= SKEW_MS)) {
    throw new Refusal(
      'not-yet-valid',
      `The token is dated ${iso(token.signedAt)}, ${seconds(skew)} ahead of the gate's clock (${iso(now)}). The limit is 300 s.`,
    )
  }
  // A token is valid until the end of its last second.
  if (!(now - token.signedAt <= token.expiresSeconds * 1000)) {
    throw new Refusal(
      'expired',
      `The token was signed at ${iso(token.signedAt)} and valid for ${token.expiresSeconds} s. By the gate's clock (${iso(now)}) it is ${age(token, now)} old.`,
    )
  }
}

function age(token: Token, now: number): string {
  return seconds(now - token.signedAt)
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`
}

function iso(time: number): string {
  // The clock in the options may return an invalid time.
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? 'an invalid time' : date.toISOString()
}

function otherSession(id: string, own: string | undefined, sent: string | undefined): string {
  if (!own) return `The access key ${id} has no session token, but the token has one.`
  if (sent === undefined) return `The access key ${id} has a session token, but the token has none.`
  return `The token's session token is not the one of the access key ${id}.`
}
