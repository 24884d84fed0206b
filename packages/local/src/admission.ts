// Who may come in: judges a token as RDS does, but says why not.
import { isSignedWith, readToken, type Token } from './token.ts'
import { Refusal, shortKeyId, shown } from './verdict.ts'

/** An access key that may sign tokens. */
export interface AwsKey {
  /** `AKIA…` or `ASIA…`. */
  accessKeyId: string
  /** What tokens are signed with. */
  secretAccessKey: string
  /** Given when the key is one of a session: tokens must bear it then. */
  sessionToken?: string
  /** When the session ends; tokens signed with it end then too, however young. */
  expiration?: Date
}

export interface Rules {
  endpoint: { host: string; port: number }
  region: string
  users: readonly string[]
  findKey: (accessKeyId: string) => AwsKey | undefined
  /** Milliseconds since the epoch. */
  now: () => number
}

const LONGEST_LIFE_SECONDS = 900
const SKEW_MS = 5 * 60 * 1000

/** What is known of a token, whatever becomes of it. */
export interface Seen {
  keyId?: string
  tokenAgeMs?: number
}

/**
 * Throws a {@link Refusal} unless `password` is a token that admits `user`.
 *
 * A bad token often fails several checks, and the first that fails is the reason given. So what the token says of
 * itself comes first (one for another host is not called badly signed), then the key, the session and the
 * signature, without which nothing it says is proven; then time; and permission last, as only who has proven who
 * he is may be told that it is not enough.
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
    throw new Refusal(
      'user-not-allowed',
      `The token is good, but ${shown(user)} is not one of the users: ${rules.users}.`,
    )
  }
}

function checkTarget(token: Token, user: string, { endpoint, region }: Rules): void {
  const comparisons = [
    ['wrong-service', 'service', token.service, 'rds-db'],
    ['wrong-region', 'region', token.region, region],
    ['wrong-host', 'host', token.host, endpoint.host],
    ['wrong-port', 'port', `${token.port}`, `${endpoint.port}`],
    ['wrong-user', 'user', token.user, user],
  ] as const
  for (const [reason, field, came, wanted] of comparisons) {
    if (came === wanted) continue
    const whose = field === 'user' ? 'the one who logs in is' : 'the one here is'
    throw new Refusal(
      reason,
      `The token was signed for the ${field} ${shown(came)}; ${whose} ${shown(wanted)}.`,
    )
  }
  if (token.expiresSeconds > LONGEST_LIFE_SECONDS) {
    throw new Refusal(
      'expires-too-long',
      `The token claims a life of ${token.expiresSeconds} s; ${LONGEST_LIFE_SECONDS} s is the most.`,
    )
  }
}

function checkKey(token: Token, { findKey }: Rules, now: number): void {
  const id = shortKeyId(token.keyId)
  const key = findKey(token.keyId)
  if (key === undefined)
    throw new Refusal(
      'unknown-key',
      `The token was signed with the access key ${id}, which is not known here.`,
    )
  if ((key.sessionToken || undefined) !== token.sessionToken) {
    const [wanted, came] = [key.sessionToken, token.sessionToken].map((it) => (it ? 'one' : 'none'))
    throw new Refusal(
      'wrong-session-token',
      wanted === came
        ? `The token bears another session token than that of the access key ${id}.`
        : `The access key ${id} has ${wanted === 'one' ? 'a' : 'no'} session token; the token bears ${came}.`,
    )
  }
  if (!isSignedWith(key.secretAccessKey, token)) {
    throw new Refusal(
      'wrong-signature',
      `The signature is not that of the access key ${id} for what the token says.`,
    )
  }
  const ends = key.expiration?.getTime()
  if (ends !== undefined && !(now < ends)) {
    throw new Refusal(
      'session-ended',
      `The session of the access key ${id} ended at ${iso(ends)}; it is ${iso(now)} here, and the token is ${age(token, now)} old.`,
    )
  }
}

function checkTime(token: Token, now: number): void {
  const skew = token.signedAt - now
  if (!(skew <= SKEW_MS)) {
    throw new Refusal(
      'not-yet-valid',
      `The token was signed at ${iso(token.signedAt)}, and it is ${iso(now)} here: ${seconds(skew)} in the future, where 300 s is the most.`,
    )
  }
  // Good to the end of its last second.
  if (!(now - token.signedAt <= token.expiresSeconds * 1000)) {
    throw new Refusal(
      'expired',
      `The token was signed at ${iso(token.signedAt)} for ${token.expiresSeconds} s, and it is ${iso(now)} here: it is ${age(token, now)} old.`,
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
  // A clock may be given that yields no time at all.
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString()
}
