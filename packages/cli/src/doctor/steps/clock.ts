// Step 6: compares this machine's clock with the time in an HTTP response of AWS, or else with the server's.
import type { ClockFound, Outcome, SessionFound } from '../examination.ts'
import { faultOf, NotDone, StepFault } from '../step.ts'
import { CLOCK_TOLERANCE_MS, clockDifference } from '../vocabulary.ts'

/** Asks the addresses for the time, one after another. Each gets its share of `limitMs`. */
export async function compareClocks(urls: readonly string[], limitMs: number): Promise<ClockFound> {
  const why: string[] = []
  for (const url of urls) {
    const source = new URL(url).host
    try {
      const share = AbortSignal.timeout(Math.floor(limitMs / urls.length))
      return judged({ source, aheadMs: await aheadOf(url, share) })
    } catch (error) {
      if (error instanceof StepFault) throw error
      const { code, message } = faultOf(error)
      why.push(`${source} (${/^[A-Z_]+$/.test(code) ? code : message})`)
    }
  }
  // This says nothing about the target.
  throw new NotDone(`AWS's clock can't be reached: ${why.join(', ')}`)
}

/** The comparison with AWS, or with the server once it has accepted the login. */
export async function orServers(
  outcome: Outcome<ClockFound>,
  session: Promise<Outcome<SessionFound>>,
): Promise<Outcome<ClockFound>> {
  if (outcome.status !== 'skipped') return outcome
  const { ms } = outcome
  const other = await session
  if (other.status !== 'ok') return outcome
  const found = { source: 'the server', aheadMs: other.found.aheadMs }
  try {
    return { status: 'ok', ms, found: judged(found) }
  } catch (error) {
    return { status: 'failed', ms, fault: faultOf(error), found }
  }
}

/** How far this machine's clock is ahead of the clock of the server at `url`. */
async function aheadOf(url: string, signal: AbortSignal): Promise<number> {
  const start = Date.now()
  const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal }).catch(
    (error: unknown) => {
      const { cause = error }: { cause?: unknown } = Object(error) // fetch only says "fetch failed"; the reason is in the cause
      throw cause
    },
  )
  const date = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(date)) throw new Error('its answer has no date')
  // The header has no fractions of a second.
  return aheadBetween(start, Date.now(), date + 500)
}

/** How far this machine's clock is ahead of a clock that showed `then` between `start` and `end`. */
export function aheadBetween(start: number, end: number, then: number): number {
  return Math.round((start + end) / 2 - then)
}

function judged(found: ClockFound): ClockFound {
  if (Math.abs(found.aheadMs) <= CLOCK_TOLERANCE_MS) return found
  throw new StepFault('clock', `this machine is ${clockDifference(found.aheadMs)} ${found.source}`, found)
}
