// What the gate decided about one login attempt, and why: the thing that RDS itself never tells.

/**
 * The real reason of a verdict.
 *
 * | reason | what happened |
 * |---|---|
 * | `admitted` | the client is in |
 * | `no-tls` | it did not ask for TLS |
 * | `tls-failed` | the TLS handshake failed, most often because the client does not trust the certificate authority |
 * | `not-a-start-up` | what it sent is not the start of a PostgreSQL or MySQL connection |
 * | `incomplete` | it closed the connection half-way; a port probe does |
 * | `timeout` | it was not logged in within `loginTimeoutMs` |
 * | `too-long` | a packet of the login was longer than 64 KB |
 * | `no-clear-password` | MySQL: the client can't send a password in clear text, so no token either |
 * | `not-a-token` | the password is not a token, or one that is cut off or malformed |
 * | `wrong-service`, `wrong-region`, `wrong-host`, `wrong-port` | the token was signed for another endpoint |
 * | `wrong-user` | the token was signed for another user than the one who logs in |
 * | `expires-too-long` | the token claims more than 900 seconds of life |
 * | `unknown-key` | no such access key |
 * | `wrong-session-token` | the session token is missing, not wanted, or another one |
 * | `wrong-signature` | the token was signed with another secret, or changed afterwards |
 * | `session-ended` | the session of the credentials that signed the token has ended |
 * | `not-yet-valid` | the token was signed more than 5 minutes in the future |
 * | `expired` | the token's life is over |
 * | `user-not-allowed` | a good token, but the user is not one of `users` |
 * | `server-refused` | a good token, but the real server refused; its own error went to the client |
 * | `server-unreachable` | the real server does not answer |
 * | `gate-failed` | a function given in the options threw, or the gate has a bug |
 */
export type VerdictReason =
  | 'admitted'
  | 'no-tls'
  | 'tls-failed'
  | 'not-a-start-up'
  | 'incomplete'
  | 'timeout'
  | 'too-long'
  | 'no-clear-password'
  | 'not-a-token'
  | 'wrong-service'
  | 'wrong-region'
  | 'wrong-host'
  | 'wrong-port'
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
  /** When it was decided, by the gate's clock. */
  at: Date
  /** Whether the client was let in. */
  admitted: boolean
  /** Why, as a stable name. */
  reason: VerdictReason
  /** One sentence: what was expected and what came. Never a secret, a signature or a token. */
  detail: string
  /** Who asked to log in, as far as the client got to say so. */
  user?: string
  /** The database asked for. */
  database?: string
  /** The access key's id: its first and last four characters. */
  keyId?: string
  /** How long ago the token was signed, in milliseconds; negative when in the future. */
  tokenAgeMs?: number
  /** From the client's connecting to the verdict, in milliseconds. */
  loginMs: number
  /** The client's address. */
  remoteAddress: string
}

/** A login that is not to be. Its message is the verdict's `detail`. */
export class Refusal extends Error {
  readonly reason: VerdictReason

  constructor(reason: VerdictReason, detail: string, options?: { cause?: unknown }) {
    super(detail, options)
    this.name = 'Refusal'
    this.reason = reason
  }
}

/** An access key's id, shortened for display. */
export function shortKeyId(keyId: string): string {
  return keyId.length > 8 ? `${keyId.slice(0, 4)}…${keyId.slice(-4)}` : '…'
}

/** What a client sent, fit for a line on a screen: no control characters, and not endless. */
export function shown(text: string): string {
  const plain = text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
  return plain.length > 120 ? `${plain.slice(0, 120)}…` : plain
}
