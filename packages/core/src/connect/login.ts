// Recognizes a login that the server rejected, drops its token, and explains it in the driver's error.
import type { Endpoint } from '../target/endpoint.ts'
import { printUrl } from '../target/url.ts'
import { hostAndPort, isSocket } from '../target/via.ts'
import { type LoginFacts, loginFacts, publishLoginRejected } from '../token/diagnostics.ts'
import { type TokenFacts, tokenFacts } from '../token/token.ts'
import type { TokenSource } from '../token/token-source.ts'

/** The property `iam` that the error of a rejected login gains. */
export interface RejectedLogin extends LoginFacts, TokenFacts {}

// PostgreSQL's invalid_authorization_specification (RDS's "PAM authentication failed") and invalid_password;
// MySQL's ER_ACCESS_DENIED_ERROR.
const REJECTIONS: readonly unknown[] = ['28000', '28P01', 1045]

/**
 * Call this with the error that a driver got while logging in with `token`. If the server rejected the login, the token
 * is dropped, and the error gains `iam` and two last lines. It remains the driver's own object.
 */
export function explainRejection(error: unknown, token: string, source: TokenSource): void {
  if (!(error instanceof Error) || Object.hasOwn(error, 'iam')) return
  const { code, errno }: { code?: unknown; errno?: unknown } = Object(error)
  if (!REJECTIONS.includes(code) && !REJECTIONS.includes(errno)) return
  source.invalidate(token)
  const iam: RejectedLogin = { ...loginFacts(source.endpoint), ...tokenFacts(token) }
  Object.defineProperty(error, 'iam', { value: iam, enumerable: true })
  const ageSeconds = Math.round(iam.ageMs / 1000)
  error.message +=
    `\nIAM login of ${iam.user} at ${iam.endpoint} (${iam.region}), with a token signed by ${iam.keyId} ${ageSeconds} s ago.` +
    `\nTo find out why, run: ${doctorCommand(source.endpoint)}`
  publishLoginRejected({ ...iam, error })
}

/** Can be pasted into a POSIX shell. */
function doctorCommand(endpoint: Endpoint): string {
  const { kind, region, via } = endpoint
  return [
    'npx rds-iam doctor',
    quoted(printUrl({ ...endpoint, params: [] })),
    ...(kind === undefined ? [`--region ${region}`] : []), // its host doesn't contain the region
    ...(via === undefined ? [] : [`--via ${quoted(isSocket(via) ? via.path : hostAndPort(via))}`]),
  ].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
