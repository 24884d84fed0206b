// Examines a target and returns the findings as data.
import type { IamTarget } from '@rds-iam/core'
import type { Cause } from './causes/cause.ts'
import { causesOf, logOfReasons } from './causes/index.ts'
import type { Examination, Subject } from './examination.ts'
import { examine, finished, type UnderWay } from './examine.ts'

/** The result of {@link diagnose}, which `rds-iam doctor --json` prints. Contains no secrets. */
export interface Diagnosis {
  /** Whether a login succeeded. */
  readonly ok: boolean
  /** The target, as far as it is valid. */
  readonly subject: Subject
  /** The outcome of each step: `ok`, `failed` or `skipped`, the time it took in milliseconds, and what it found. */
  readonly steps: Examination
  /** Why the login failed, the most likely cause first. */
  readonly causes: readonly Cause[]
  /** AWS CLI commands that show RDS's own reason, if RDS may have logged one. */
  readonly log: readonly string[]
}

/**
 * Tries each part of a login separately: options, DNS, TCP, TLS, clock, credentials, token, login and session. It takes
 * a few seconds at most, starts no process and prints nothing. It doesn't reject when the login fails.
 *
 * Texts refer to options by their flags: `--host`, `--region`.
 *
 * @example
 * ```ts
 * import { diagnose } from 'rds-iam'
 *
 * export async function handler(): Promise<object> {
 *   const { ok, causes } = await diagnose() // reads the environment, as a login without options does
 *   return { ok, causes: causes.map(({ id, title }) => `${id}: ${title}`) }
 * }
 * ```
 */
export function diagnose(target: IamTarget = {}): Promise<Diagnosis> {
  return conclude(examine(target))
}

/** The diagnosis of an examination, once all steps are done. */
export async function conclude(underWay: UnderWay): Promise<Diagnosis> {
  const steps = await finished(underWay)
  const { subject } = underWay
  const causes = causesOf({ subject, steps })
  const log = logOfReasons({ subject, steps }, causes)
  return { ok: steps.login.status === 'ok', subject, steps, causes, log }
}
