// A login that the server rejected: recognised, told to the token source, and explained in the driver's error.
import { type LoginFacts, loginFacts, publishLoginRejected } from './diagnostics.ts'
import { type TokenFacts, tokenFacts } from './token.ts'
import type { TokenSource } from './token-source.ts'

/** What the error of a rejected login gains, as its property `iam`. */
export interface RejectedLogin extends LoginFacts, TokenFacts {}

// PostgreSQL's invalid_authorization_specification (RDS's "PAM authentication failed") and invalid_password;
// MySQL's ER_ACCESS_DENIED_ERROR.
const REJECTIONS: readonly unknown[] = ['28000', '28P01', 1045]

/**
 * To be called with the error that a driver got while logging in with `token`. If the server rejected the
 * login, the token is dropped, and the error gains `iam` and a last line. It stays the driver's own object.
 */
export function explainRejection(error: unknown, token: string, source: TokenSource): void {
  if (!(error instanceof Error) || 'iam' in error) return
  const { code, errno }: { code?: unknown; errno?: unknown } = Object(error)
  if (!REJECTIONS.includes(code) && !REJECTIONS.includes(errno)) return
  source.invalidate(token)
  const iam: RejectedLogin = { ...loginFacts(source.endpoint), ...tokenFacts(token) }
  Object.defineProperty(error, 'iam', { value: iam, enumerable: true })
  error.message += `\nIAM login of ${iam.user} at ${iam.endpoint} (${iam.region}), with a token signed by ${iam.keyId} ${Math.round(iam.ageMs / 1000)} s ago.`
  publishLoginRejected({ ...iam, error })
}
