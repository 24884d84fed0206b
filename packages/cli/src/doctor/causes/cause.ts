// What a cause is, and how a rule reads the findings.
import type { DnsFound, Examination, Fault, Findings, StepName, Subject } from '../examination.ts'

/**
 * How certain the cause is. `proven`: a step has seen it. `likely`: findings like these usually have this cause.
 * `possible`: the findings don't rule it out.
 */
export type Certainty = 'proven' | 'likely' | 'possible'

export interface Cure {
  /** `sh`: a shell command; `sql`: a statement for an administrator; `do`: an instruction in words. */
  readonly kind: 'sh' | 'sql' | 'do'
  readonly text: string
}

export interface Cause {
  /** A stable name, for programs. */
  readonly id: string
  readonly certainty: Certainty
  /** One sentence without a full stop. */
  readonly title: string
  /** The evidence. */
  readonly because?: string
  /** How to check for it or fix it. */
  readonly cures: readonly Cure[]
}

/** The input of a rule. */
export interface Case {
  readonly subject: Subject
  readonly steps: Examination
}

/** Finds one cause, several, or none. */
export type Rule = (found: Case) => Cause | readonly Cause[] | undefined

export const sh = (text: string): Cure => ({ kind: 'sh', text })
export const sql = (text: string): Cure => ({ kind: 'sql', text })
export const act = (text: string): Cure => ({ kind: 'do', text })

/** What a step found, even if it failed. */
export function foundIn<N extends StepName>({ steps }: Case, name: N): Findings[N] | undefined {
  const outcome = steps[name]
  return outcome.status === 'skipped' ? undefined : outcome.found
}

/** What DNS returned; empty for the path of a socket, which needs no DNS. */
export function namesIn(found: Case): Pick<DnsFound, 'addresses' | 'cnames'> {
  return foundIn(found, 'dns') ?? { addresses: [], cnames: [] }
}

export function faultIn({ steps }: Case, name: StepName): Fault | undefined {
  const outcome = steps[name]
  return outcome.status === 'failed' ? outcome.fault : undefined
}

/**
 * What the server refused. `token`: it checked the token with IAM. `password`: it asked for an ordinary password, so it
 * never checked the token.
 *
 * RDS for PostgreSQL checks members of `rds_iam` with PAM (28000), and all other users by password (28P01). MySQL
 * answers 1045 to everyone, but asks only users with AWSAuthenticationPlugin for the token, by `mysql_clear_password`.
 * Aurora DSQL checks every login with IAM, and denies access.
 */
export function refusedBy(found: Case): 'token' | 'password' | undefined {
  const fault = faultIn(found, 'login')
  const sent = foundIn(found, 'login')?.tokenSent
  if (fault?.code === '28P01') return 'password'
  if (fault?.code === '1045') return sent ? 'token' : 'password'
  return fault?.code === '28000' && /PAM|IAM|access denied/.test(fault.message) ? 'token' : undefined
}

/** Makes a rule that applies only if the server checked and refused the token. */
export const whenTokenRefused =
  (rule: Rule): Rule =>
  (found) =>
    refusedBy(found) === 'token' ? rule(found) : undefined
