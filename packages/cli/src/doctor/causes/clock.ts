// The clock of this machine as a cause: tokens have dates.
import { AHEAD_LIMIT_MS, apart, TOLERANCE_MS } from '../steps/clock.ts'
import { act, foundIn, type Rule, sh } from './cause.ts'
import { ofToken } from './rejection.ts'

/** A token lives 15 minutes, by the server's clock. */
const TOKEN_LIFE_MS = 900_000

export const clock: Rule = (found) => {
  const clock = foundIn(found, 'clock')
  if (!clock || Math.abs(clock.aheadMs) <= TOLERANCE_MS) return undefined
  const { aheadMs, source } = clock
  const always = aheadMs > AHEAD_LIMIT_MS || aheadMs < -TOKEN_LIFE_MS
  return {
    id: 'clock',
    certainty: always ? 'proven' : 'possible',
    title: `The clock of this machine is ${apart(aheadMs)} AWS's`,
    because: always
      ? aheadMs > 0
        ? 'tokens come from the future, and RDS takes 5 minutes of that at most'
        : 'tokens have ended when they are made: they live 15 minutes from their date'
      : `by the date that ${source} tells; tokens end early, or come from the future`,
    cures: [
      sh('sudo chronyc makestep'),
      act('or whatever sets the clock: a VM that slept, WSL, a container host'),
    ],
  }
}

export const unknownClock: Rule = ofToken((found) => {
  if (foundIn(found, 'clock')) return undefined
  const title = "The clock of this machine is wrong by more than 5 minutes; AWS's can't be asked from here"
  return {
    id: 'clock',
    certainty: 'possible',
    title,
    cures: [sh('date -u'), act('beside any clock that is right')],
  }
})
