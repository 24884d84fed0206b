// What the gate decided about one login attempt, and why. RDS itself never says why.

/**
 * The real reason for a verdict.
 *
 * | reason | what happened |
 * |---|---|
 * | `admitted` | the client is logged in |
 * | `no-tls` | the client did not ask for TLS |
 * | `tls-failed` | the TLS handshake failed, usually because the client does not trust the certificate authority |
 * | `wrong-server-name` | Aurora DSQL: the client sent no server name (SNI) in the TLS handshake, or another one |
 * | `not-a-start-up` | the client's first packets don't start a PostgreSQL or MySQL connection |
 * | `malformed` | after a valid start-up, the client sent a packet that the protocol does not allow |
 * | `incomplete` | the client closed the connection before it had logged in, as a port probe does |
 * | `timeout` | the login took longer than `loginTimeoutMs` |
 * | `too-long` | a packet of the login was longer than 64 KB |
 * | `no-clear-password` | MySQL: the client can't send a password in clear text, so it can't send a token |
 * | `not-a-token` | the password is not a token, or the token is cut off or malformed |
 * | `wrong-service`, `wrong-region`, `wrong-host`, `wrong-port` | the token was signed for another endpoint |
 * | `wrong-action` | Aurora DSQL: `admin` needs a token with the action `DbConnectAdmin`, all others `DbConnect` |
 * | `wrong-user` | the token was signed for a user other than the one logging in |
 * | `expires-too-long` | the token claims to be valid for longer than the service allows |
 * | `unknown-key` | no such access key exists here |
 * | `wrong-session-token` | the session token is missing, unexpected, or wrong |
 * | `wrong-signature` | the token was signed with another secret, or was changed afterwards |
 * | `session-ended` | the session of the credentials that signed the token has ended |
 * | `not-yet-valid` | the token was signed more than 5 minutes in the future |
 * | `expired` | the token has expired |
 * | `user-not-allowed` | the token is good, but the user is not one of `users` |
 * | `server-refused` | the token is good, but the real server refused the login; the client got the server's own error |
 * | `server-unreachable` | the real server doesn't answer |
 * | `gate-failed` | a function in the options threw, or the gate has a bug |
 */
export type VerdictReason =
  | 'admitted'
  | 'no-tls'
  | 'tls-failed'
  | 'wrong-server-name'
  | 'not-a-start-up'
  | 'malformed'
  | 'incomplete'
  | 'timeout'
  | 'too-long'
  | 'no-clear-password'
  | 'not-a-token'
  | 'wrong-service'
  | 'wrong-region'
  | 'wrong-host'
  | 'wrong-port'
  | 'wrong-action'
  | 'wrong-user'
  | 'expires-too-long'
  | 'unknown-key'
  | 'wrong-session-token'
  | 'wrong-signature'
  | 'session-ended'
  | 'not-yet-valid'
  | 'expired'
  | 'user-not-allowed'
  | 'server-refused'
  | 'server-unreachable'
  | 'gate-failed'

/** One login attempt. */
export interface Verdict {
  /** 1 for the first login attempt, 2 for the second, and so on. */
  number: number
  /** When the gate decided, according to its own clock. */
  at: Date
  /** Whether the client was logged in. */
  admitted: boolean
  /** The reason, as a stable name. */
  reason: VerdictReason
  /** What the gate expected and what it got, in a sentence. Never contains a secret, a signature or a token. */
  detail: string
  /** The user who tried to log in, if the client got as far as sending the name. */
  user?: string
  /** The database that the client asked for. */
  database?: string
  /** The first and last four characters of the access key ID. */
  keyId?: string
  /** The age of the token in milliseconds; negative if it is dated in the future. */
  tokenAgeMs?: number
  /** Milliseconds from the connection to the verdict. */
  loginMs: number
  /** The client's address. */
  remoteAddress: string
}

/** Why a login is refused. Its message becomes the verdict's `detail`. */
export class Refusal extends Error {
  readonly reason: VerdictReason

  constructor(reason: VerdictReason, detail: string, options?: { cause?: unknown }) {
    super(detail, options)
    this.name = 'Refusal'
    this.reason = reason
  }
}

/** An access key's ID, shortened for display. */
export function shortKeyId(keyId: string): string {
  return keyId.length > 8 ? `${keyId.slice(0, 4)}…${keyId.slice(-4)}` : '…'
}

/** Text from a client or server, made safe to print on one line: no control characters, at most 120 characters. */
export function shown(text: string): string {
  const plain = text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
  return plain.length > 120 ? `${plain.slice(0, 120)}…` : plain
}
