// Keeps the newest verdicts, and passes each one to the listener.

import { shown, type Verdict, type VerdictReason } from '../admission/verdict.ts'
import { messageOf } from '../errors.ts'
import type { Login } from './login.ts'

/** How many verdicts are kept. */
const MOST = 1000

/** The fields of a verdict that come from the login. */
type Judged = Pick<Login, 'user' | 'database' | 'seen' | 'ms' | 'remoteAddress'>

export interface VerdictLog {
  /** Oldest first. */
  verdicts: readonly Verdict[]
  record(login: Judged, reason: VerdictReason, detail: string): void
}

export function createVerdictLog(
  now: () => number,
  onVerdict: ((verdict: Verdict) => unknown) | undefined,
): VerdictLog {
  const verdicts: Verdict[] = []
  let number = 0
  /** A verdict reports a clock that fails, and that verdict needs a time too. */
  const time = (): number => {
    try {
      return now()
    } catch {
      return Date.now()
    }
  }
  return {
    verdicts,
    record(login, reason, detail) {
      const { user, database, seen, ms, remoteAddress } = login
      number += 1
      const verdict: Verdict = Object.freeze({
        number,
        at: new Date(time()),
        admitted: reason === 'admitted',
        reason,
        detail,
        ...(user === undefined ? {} : { user: shown(user) }),
        ...(database === undefined ? {} : { database: shown(database) }),
        ...seen,
        loginMs: ms,
        remoteAddress,
      })
      verdicts.push(verdict)
      if (verdicts.length > MOST) verdicts.shift()
      void tell(verdict)
    },
  }

  /** If the listener throws or rejects, neither the login nor the process may end. */
  async function tell(verdict: Verdict): Promise<void> {
    try {
      await onVerdict?.(verdict)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : messageOf(error))
    }
  }
}
