// Step 6: this machine's clock beside AWS's, as any answer of AWS tells it, else beside the server's.
import type { ClockFound, Outcome, SessionFound } from '../examination.ts'
import { faultOf, NotDone, StepFault } from '../step.ts'

/** RDS lets a token be this far from the future. */
export const AHEAD_LIMIT_MS = 300_000
/** Tokens are handed out with a minute to live: a clock that is further behind makes some of them end too early. */
export const TOLERANCE_MS = 60_000

/** The clock of the first of AWS's addresses that answers; each gets its share of the time. */
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
  // It is no fault of the target's.
  throw new NotDone(`no clock of AWS can be asked: ${why.join(', ')}`)
}

/** The comparison with AWS; where there is none, with the server, once it let us in. */
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

/** How far this machine's clock is ahead of the one that answers at `url`. */
async function aheadOf(url: string, signal: AbortSignal): Promise<number> {
  const start = Date.now()
  const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal }).catch(
    (error: unknown) => {
      const { cause = error }: { cause?: unknown } = Object(error) // fetch says "fetch failed", and why in the cause
      throw cause
    },
  )
  const date = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(date)) throw new Error('it tells no date')
  // The header leaves out the fraction of its second.
  return aheadBetween(start, Date.now(), date + 500)
}

/** How far this machine's clock is ahead of one that said `then` between `start` and `end`. */
export function aheadBetween(start: number, end: number, then: number): number {
  return Math.round((start + end) / 2 - then)
}

function judged(found: ClockFound): ClockFound {
  if (Math.abs(found.aheadMs) <= TOLERANCE_MS) return found
  throw new StepFault('clock', `this machine is ${apart(found.aheadMs)} ${found.source}`, found)
}

/** The largest unit comes first that there are two of. */
const UNITS = [
  [365.25 * 86_400, 'years'],
  [86_400, 'days'],
  [60, 'min'],
] as const

/** `61 min behind` */
export function apart(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1000
  const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, 's']
  return `${Math.round(seconds / size)} ${unit} ${aheadMs < 0 ? 'behind' : 'ahead of'}`
}
