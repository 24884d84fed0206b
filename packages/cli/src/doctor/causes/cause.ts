// What a cause is, and how a rule reads the findings.
import type { DnsFound, Examination, Fault, Findings, StepName, Subject } from '../examination.ts'

/**
 * How sure it is. `proven`: a step has seen it. `likely`: with findings like these, it is usually this. `possible`:
 * nothing speaks against it.
 */
export type Certainty = 'proven' | 'likely' | 'possible'

export interface Cure {
  /** `sh`: a shell command; `sql`: a statement for an administrator; `do`: an instruction in words. */
  readonly kind: 'sh' | 'sql' | 'do'
  readonly text: string
}

export interface Cause {
  /** Stable, for programs. */
  readonly id: string
  readonly certainty: Certainty
  /** One sentence, without its full stop. */
  readonly title: string
  /** The evidence. */
  readonly because?: string
  /** What checks or cures it. */
  readonly cures: readonly Cure[]
}

/** Everything that a rule may look at. */
export interface Case {
  readonly subject: Subject
  readonly steps: Examination
}

/** Finds one cause, several, or none. */
export type Rule = (found: Case) => Cause | readonly Cause[] | undefined

export const sh = (text: string): Cure => ({ kind: 'sh', text })
export const sql = (text: string): Cure => ({ kind: 'sql', text })
export const act = (text: string): Cure => ({ kind: 'do', text })

/** What a step has found, whether or not it failed. */
export function foundIn<N extends StepName>({ steps }: Case, name: N): Findings[N] | undefined {
  const outcome = steps[name]
  return outcome.status === 'skipped' ? undefined : outcome.found
}

/** What DNS says; nothing if it is not asked, since the path of a socket is dialled. */
export function namesIn(found: Case): Pick<DnsFound, 'addresses' | 'cnames'> {
  return foundIn(found, 'dns') ?? { addresses: [], cnames: [] }
}

export function faultIn({ steps }: Case, name: StepName): Fault | undefined {
  const outcome = steps[name]
  return outcome.status === 'failed' ? outcome.fault : undefined
}

/**
 * What the server refused. `token`: it checked the token by IAM. `password`: it wanted an ordinary password of this
 * user, so it never checked the token.
 *
 * RDS's PostgreSQL checks members of `rds_iam` by PAM (28000), and all other users by password (28P01). MySQL says 1045
 * to everyone, but asks for the token, by `mysql_clear_password`, only users that have AWSAuthenticationPlugin. Aurora DSQL
 * checks every login by IAM, and denies access.
 */
export function refusedBy(found: Case): 'token' | 'password' | undefined {
  const fault = faultIn(found, 'login')
  const sent = foundIn(found, 'login')?.tokenSent
  if (fault?.code === '28P01') return 'password'
  if (fault?.code === '1045') return sent ? 'token' : 'password'
  return fault?.code === '28000' && /PAM|IAM|access denied/.test(fault.message) ? 'token' : undefined
}

/** A rule for logins whose token was checked and refused. */
export const whenTokenRefused =
  (rule: Rule): Rule =>
  (found) =>
    refusedBy(found) === 'token' ? rule(found) : undefined
