// `rds-iam doctor`: finds out why a login fails.
import type { IamTarget } from '@rds-iam/core'
import { causesOf, logOfReasons } from './causes/index.ts'
import { type Findings, type Outcome, STEPS, type StepName } from './examination.ts'
import { examine, finished, type UnderWay } from './examine.ts'
import { endText, type Page, stepText } from './render/text.ts'

export interface DoctorOptions {
  /** Whether to print the findings as JSON. */
  readonly json: boolean
  /** Whether stdout takes colours. */
  readonly color: boolean
}

/** What the options, the URL or the environment say is wrong: nothing was tried that a login could fail at. */
const WRONG_USAGE = 2

/** Examines the target, prints what it finds on stdout, and returns the exit status: 0 if a login succeeded. */
export async function doctor(target: IamTarget, { json, color }: DoctorOptions): Promise<number> {
  const underWay = examine(target)
  // As far as a line is still read in one piece; a terminal that does not know its width says 0.
  const page: Page = { color, width: Math.min(Math.max(process.stdout.columns || 100, 60), 110) }
  if (!json) await tell(underWay, page)
  const steps = await finished(underWay)
  const found = { subject: underWay.subject, steps }
  const causes = causesOf(found)
  const log = logOfReasons(found, causes)
  const ok = steps.login.status === 'ok'
  print(
    json
      ? JSON.stringify({ ok, ...found, causes, log }, undefined, 2)
      : `\n${endText(steps, causes, log, page)}`,
  )
  if (steps.options.status === 'failed') return WRONG_USAGE
  return ok ? 0 : 1
}

/** The steps, each as soon as it and those before it are done. */
async function tell({ steps }: UnderWay, page: Page): Promise<void> {
  const one = async <N extends StepName>(name: N): Promise<void> => {
    const outcome: Outcome<Findings[N]> = await steps[name]
    print(stepText(name, outcome, page))
  }
  for (const name of STEPS) await one(name)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
