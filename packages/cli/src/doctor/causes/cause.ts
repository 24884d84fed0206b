// What a cause is, and how a rule reads the findings.
import type { DnsFound, Examination, Fault, Findings, StepName, Subject } from '../examination.ts'

/**
 * How sure it is. `proven`: a step has seen it. `likely`: it is what it mostly is, with findings like these.
 * `possible`: nothing seen speaks against it.
 */
export type Certainty = 'proven' | 'likely' | 'possible'

export interface Cure {
  /** `sh`: a command of the shell; `sql`: a statement for an administrator; `do`: words. */
  readonly kind: 'sh' | 'sql' | 'do'
  readonly text: string
}

export interface Cause {
  /** Stable, for programs. */
  readonly id: string
  readonly certainty: Certainty
  /** One sentence, without its full stop. */
  readonly title: string
  /** What speaks for it. */
  readonly because?: string
  /** What checks or cures it. */
  readonly cures: readonly Cure[]
}

/** All that a rule goes by. */
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

/** What DNS says; nothing where it is not asked, as the path of a socket is dialled. */
export function namesIn(found: Case): Pick<DnsFound, 'addresses' | 'cnames'> {
  return foundIn(found, 'dns') ?? { addresses: [], cnames: [] }
}

export function faultIn({ steps }: Case, name: StepName): Fault | undefined {
  const outcome = steps[name]
  return outcome.status === 'failed' ? outcome.fault : undefined
}
