// One line for each login at a local RDS: the time, the verdict, the user, and the reason that RDS never gives.
import type { Verdict } from '@rds-iam/local'
import { colored, takesColor } from '../../process/color.ts'

export function verdictLine(verdict: Verdict, json = false): string {
  if (json) return JSON.stringify(verdict)
  const { at, detail, user = '–', loginMs } = verdict
  return `${at.toTimeString().slice(0, 8)} ${word(verdict)} ${user}: ${detail} (${Math.round(loginMs)} ms)`
}

function word({ admitted, reason }: Verdict): string {
  const color = takesColor(process.stderr)
  if (admitted) return colored('green', 'admitted', color)
  // A client that disconnects without logging in isn't refused.
  if (reason === 'incomplete') return colored('dim', `left (${reason})`, color)
  return colored('red', `refused (${reason})`, color)
}
