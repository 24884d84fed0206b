// `rds-iam doctor`: finds out why a login fails.
import type { IamTarget } from '@rds-iam/core'
import { conclude } from './diagnose.ts'
import { type Findings, type Outcome, STEPS, type StepName } from './examination.ts'
import { examine, type UnderWay } from './examine.ts'
import { endText, type Page, stepText } from './render/page.ts'

export interface DoctorOptions {
  /** Whether to print the findings as JSON. */
  readonly json: boolean
  /** Whether stdout shows colours. */
  readonly color: boolean
}

/** The options, the URL or the environment are wrong, so no login was tried. */
const WRONG_USAGE = 2

/** Examines the target, prints what it finds on stdout, and returns the exit status: 0 if a login succeeded. */
export async function doctor(target: IamTarget, { json, color }: DoctorOptions): Promise<number> {
  const underWay = examine(target)
  // Longer lines are hard to read. A terminal that doesn't know its width reports 0.
  const page: Page = { color, width: Math.min(Math.max(process.stdout.columns || 100, 60), 110) }
  if (!json) await printSteps(underWay, page)
  const diagnosis = await conclude(underWay)
  const { ok, steps, causes, log } = diagnosis
  print(json ? JSON.stringify(diagnosis, undefined, 2) : `\n${endText(steps, causes, log, page)}`)
  if (steps.options.status === 'failed') return WRONG_USAGE
  return ok ? 0 : 1
}

/** Prints each step as soon as it and all steps before it are done. */
async function printSteps({ steps }: UnderWay, page: Page): Promise<void> {
  const one = async <N extends StepName>(name: N): Promise<void> => {
    const outcome: Outcome<Findings[N]> = await steps[name]
    print(stepText(name, outcome, page))
  }
  for (const name of STEPS) await one(name)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
