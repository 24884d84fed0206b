// A wrong clock as the cause: tokens contain the time.
import { CLOCK_AHEAD_LIMIT_MS, CLOCK_TOLERANCE_MS, clockDifference } from '../vocabulary.ts'
import { act, foundIn, type Rule, sh, whenTokenRefused } from './cause.ts'

/** A token is valid for 15 minutes by the server's clock. */
const TOKEN_LIFE_MS = 900_000

export const clock: Rule = (found) => {
  const clock = foundIn(found, 'clock')
  if (!clock || Math.abs(clock.aheadMs) <= CLOCK_TOLERANCE_MS) return undefined
  const { aheadMs, source } = clock
  const always = aheadMs > CLOCK_AHEAD_LIMIT_MS || aheadMs < -TOKEN_LIFE_MS
  return {
    id: 'clock',
    certainty: always ? 'proven' : 'possible',
    title: `The clock of this machine is ${clockDifference(aheadMs)} AWS's`,
    because: always
      ? aheadMs > 0
        ? 'RDS accepts tokens dated up to 5 minutes in the future'
        : 'tokens are valid for 15 minutes from their date, so new ones have already expired'
      : `according to ${source}; some tokens expire early, or are dated in the future`,
    cures: [
      sh('sudo chronyc makestep'),
      act(
        'or set the clock in another way; it is often wrong in a VM that was suspended, in WSL, or on a container host',
      ),
    ],
  }
}

export const unknownClock: Rule = whenTokenRefused((found) => {
  if (foundIn(found, 'clock')) return undefined
  return {
    id: 'clock',
    certainty: 'possible',
    title: "The clock of this machine may be off by more than 5 minutes; AWS's clock can't be reached",
    cures: [sh('date -u'), act('compare the output with a correct clock')],
  }
})
