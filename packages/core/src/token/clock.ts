// Reads this machine's clock. An unusable clock causes an error instead of an endless wait.
import { RdsIamError } from '../errors.ts'

/** This machine's time, in milliseconds since the epoch. @throws RdsIamError `ERR_RDS_IAM_SIGNING` */
export function timeNow(): number {
  const now = Date.now()
  if (Number.isFinite(now)) return now
  throw badClock(`Date.now() returned ${now}`)
}

/** The error if tokens are repeatedly too old, or dated in the future, as soon as they are signed. */
export function leapingClock(signedAt: number, now: number): RdsIamError {
  const [before, after] = [signedAt, now].map((ms) => new Date(ms).toISOString())
  return badClock(`it went from ${before} to ${after} within one signing`)
}

function badClock(what: string): RdsIamError {
  const message = `This machine's clock is wrong: ${what}. Correct the clock, or the test that replaces Date.now().`
  return new RdsIamError('ERR_RDS_IAM_SIGNING', message)
}
