// Step 6: this machine's clock beside AWS's, as any answer of STS tells it.
import type { ClockFound } from '../examination.ts'
import { StepFault } from '../step.ts'

/** RDS lets a token be this far from the future. */
export const AHEAD_LIMIT_MS = 300_000
/** Tokens are handed out with a minute to live: a clock that is further behind makes some of them end too early. */
export const TOLERANCE_MS = 60_000

export async function compareClocks(url: string, signal: AbortSignal): Promise<ClockFound> {
  const start = Date.now()
  const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal }).catch(
    (error: unknown) => {
      const { cause = error }: { cause?: unknown } = Object(error) // fetch says "fetch failed", and why in the cause
      throw cause
    },
  )
  const date = Date.parse(response.headers.get('date') ?? '')
  const source = new URL(url).host
  if (Number.isNaN(date)) throw new StepFault('no-date', `${source} tells no date`)
  // The header leaves out the fraction of its second.
  const aheadMs = Math.round((start + Date.now()) / 2 - (date + 500))
  const found = { source, aheadMs }
  if (Math.abs(aheadMs) <= TOLERANCE_MS) return found
  throw new StepFault('clock', `this machine is ${apart(aheadMs)} ${source}`, found)
}

/** `61 min behind` */
export function apart(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1000
  const amount = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
  return `${amount} ${aheadMs < 0 ? 'behind' : 'ahead of'}`
}
