// `rds-iam doctor`: finds out why a login fails.
import type { IamTarget } from '@rds-iam/core'
import { causesOf, logOfReasons } from './causes/index.ts'
import { type Examination, type Findings, type Outcome, STEPS, type StepName } from './examination.ts'
import { examine, finished, type UnderWay } from './examine.ts'
import { endText, type Page, stepText } from './render/text.ts'

export interface DoctorOptions {
  /** Whether to print the findings as JSON. */
  readonly json: boolean
  /** Whether stdout takes colours. */
  readonly color: boolean
}

/** Examines the target, prints what it finds on stdout, and returns the exit status: 0 if a login succeeded. */
export async function doctor(target: IamTarget, { json, color }: DoctorOptions): Promise<number> {
  // What the AWS SDK says of Node's version is no finding.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
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
  endSoon(steps)
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

/** What hangs in the system's resolver can't be called off, and would keep the process for minutes. */
function endSoon(steps: Examination): void {
  const hangs = Object.values(steps).some(
    (outcome) => outcome.status === 'failed' && outcome.fault.code === 'timeout',
  )
  if (hangs) setImmediate(() => process.stdout.write('', () => process.exit()))
}
