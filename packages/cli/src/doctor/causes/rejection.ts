// What the server's rejection of a login says.
import { type Case, faultIn, foundIn, type Rule } from './cause.ts'

/**
 * `token`: IAM was asked, and said no. `password`: the server wanted an ordinary password of this user, so the token
 * was never looked at.
 *
 * RDS's PostgreSQL checks members of `rds_iam` by PAM (28000), and all others by password (28P01). MySQL says 1045 to
 * all, but asks for the token, by `mysql_clear_password`, only users that have AWSAuthenticationPlugin.
 */
export function rejection(found: Case): 'token' | 'password' | undefined {
  const fault = faultIn(found, 'login')
  const sent = foundIn(found, 'login')?.tokenSent
  if (fault?.code === '28P01') return 'password'
  if (fault?.code === '1045') return sent ? 'token' : 'password'
  return fault?.code === '28000' && /PAM|IAM/.test(fault.message) ? 'token' : undefined
}

/** A rule for logins whose token was looked at. */
export const ofToken =
  (rule: Rule): Rule =>
  (found) =>
    rejection(found) === 'token' ? rule(found) : undefined
