// Keeps the newest verdicts, and tells of each.
import type { Login } from './gate/login.ts'
import { shown, type Verdict, type VerdictReason } from './verdict.ts'

const KEPT = 1000

/** What a verdict tells of a login. */
type Judged = Pick<Login, 'user' | 'database' | 'seen' | 'ms' | 'remoteAddress'>

export interface VerdictLog {
  /** Oldest first. */
  verdicts: readonly Verdict[]
  record(login: Judged, reason: VerdictReason, detail: string): void
}

export function createVerdictLog(
  now: () => number,
  onVerdict: ((verdict: Verdict) => void) | undefined,
): VerdictLog {
  const verdicts: Verdict[] = []
  /** A clock that fails is told of in a verdict like any other, which needs a time then. */
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
      const verdict: Verdict = Object.freeze({
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
      if (verdicts.length > KEPT) verdicts.shift()
      try {
        onVerdict?.(verdict)
      } catch (error) {
        // The listener's fault is not the client's: the login goes on.
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    },
  }
}
