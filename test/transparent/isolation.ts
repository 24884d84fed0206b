// Detects isolation levels by their effect, because the engines have no common statement that shows the level.
import { expect } from 'vitest'
import type { Engine } from './servers.ts'
import { seenOf } from './shown.ts'
import { type Step, step } from './step.ts'

const LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const
export type Level = (typeof LEVELS)[number]

/** A table, seen from a transaction. */
export interface Side {
  count(): Promise<number>
  /** Adds a row; `word` is unique in the table. */
  add(word: string): Promise<unknown>
}

/** Runs `work` in a transaction, at the given or the default level. */
export type Within = <T>(level: Level | undefined, work: (side: Side) => Promise<T>) => Promise<T>

const WHOLE = { uncommitted: false, committed: false }
const COMMITTED = { uncommitted: false, committed: true }

/** Whether a second read sees a row that was added after the first. */
const SIGHTS = {
  // https://www.postgresql.org/docs/current/transaction-iso.html: it has no READ UNCOMMITTED.
  postgres: {
    'READ UNCOMMITTED': COMMITTED,
    'READ COMMITTED': COMMITTED,
    'REPEATABLE READ': WHOLE,
    default: COMMITTED,
  },
  // https://dev.mysql.com/doc/refman/8.4/en/innodb-transaction-isolation-levels.html
  mysql: {
    'READ UNCOMMITTED': { uncommitted: true, committed: true },
    'READ COMMITTED': COMMITTED,
    'REPEATABLE READ': WHOLE,
    default: WHOLE,
  },
}

/** Checks that each of `levels` has the effect that the engine documents. */
export async function effectsOf(
  engine: Engine,
  within: Within,
  levels: readonly Level[] = LEVELS,
): Promise<unknown> {
  const sights: Record<string, unknown> = {}
  for (const level of [undefined, ...levels]) {
    // At SERIALIZABLE, MySQL doesn't let anyone write what another transaction has read.
    if (level === 'SERIALIZABLE') continue
    const name = level ?? 'default'
    sights[name] = await sightsAt(level, within)
    expect(sights[name], `what ${name} sees on ${engine}`).toEqual(SIGHTS[engine][name])
  }
  const refusals: Record<string, unknown> = {}
  for (const level of ['REPEATABLE READ', 'SERIALIZABLE'] as const) {
    refusals[level] = await refusalsAt(level, within)
    expect(refusals[level], `who is refused at ${level}`).toHaveLength(level === 'SERIALIZABLE' ? 1 : 0)
  }
  return { sights, refusals }
}

async function sightsAt(level: Level | undefined, within: Within): Promise<unknown> {
  return within(level, async (reader) => {
    const before = await reader.count()
    const seesMore = async (): Promise<boolean> => (await reader.count()) > before
    const uncommitted = await within(undefined, async (writer) => {
      await writer.add(`beside ${before}`)
      return seesMore()
    })
    return { uncommitted, committed: await seesMore() }
  })
}

/** Two transactions each add a row that the other's earlier read missed. Returns the errors of those that failed. */
export async function refusalsAt(level: Level | undefined, within: Within): Promise<unknown[]> {
  const [first, second] = [steps(), steps()]
  const add = (name: string, mine: typeof first, theirs: typeof first): Promise<unknown> =>
    within(level, async (side) => {
      const before = await side.count()
      mine.read.take()
      await theirs.read.taken
      // Neither commits before both have written. Otherwise, PostgreSQL would reject the other's write instead of its
      // COMMIT, which Prisma reports differently. MySQL blocks one and rejects the other's write.
      await side.add(`${name} ${before}`).finally(mine.written.take)
      await theirs.written.taken
    })
  const ends = await Promise.allSettled([add('first', first, second), add('second', second, first)])
  // The server chooses which of the two fails.
  return ends.flatMap((end) => (end.status === 'rejected' ? [codeOf(end.reason)] : []))
}

const steps = (): { read: Step; written: Step } => ({ read: step(), written: step() })

function codeOf(error: unknown): unknown {
  const { class: of, code, errno } = Object(seenOf(error))
  return { class: of, code, errno }
}
