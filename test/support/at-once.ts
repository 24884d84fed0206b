// Statements that hold their connections until a given number is held, however slow the machine is.
import type { IamTarget } from '@rds-iam/core'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import type { Database, Stack } from './stacks.ts'

/** A lock on the server, held by a separate connection. */
interface Lock {
  /** How many connections wait for it. */
  waiting(): Promise<number>
  release(): Promise<void>
}

const LOCK = 4711

const holding = {
  postgres: `SELECT pg_backend_pid() AS id FROM (SELECT pg_advisory_xact_lock_shared(${LOCK})) AS held`,
  mysql: `SELECT connection_id() AS id, get_lock('${LOCK}', 300) AS held, release_lock('${LOCK}') AS released`,
} as const

const locks: Record<Stack['engine'], (target: IamTarget) => Promise<Lock>> = {
  postgres: async (target) => {
    const client = new pg.Client(iamPgConfig(target))
    await client.connect()
    await client.query(`SELECT pg_advisory_lock(${LOCK})`)
    const waiting = `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
    return {
      waiting: async () => (await client.query<{ n: number }>(waiting)).rows[0]?.n ?? 0,
      release: () => client.end(),
    }
  },
  mysql: async (target) => {
    const connection = await createConnection(iamMysql2Config(target))
    await connection.query(`SELECT get_lock('${LOCK}', 300)`)
    const waiting = `SELECT count(*) AS n FROM information_schema.processlist WHERE state = 'User lock'`
    return {
      waiting: async () => Number(Object((await connection.query(waiting))[0])[0].n),
      release: () => connection.end(),
    }
  },
}

/**
 * Runs `count` statements at once, each on its own connection. Returns the result and the connection of each. The
 * holder of the lock logs in with `target`.
 */
export async function atOnce(
  { engine }: Stack,
  db: Database,
  count: number,
  target: IamTarget = {},
): Promise<PromiseSettledResult<string>[]> {
  const lock = await locks[engine](target)
  let settled = 0
  const statements = Array.from({ length: count }, () =>
    db
      .query(holding[engine])
      .then(([row]) => String(row?.id))
      .finally(() => settled++),
  )
  const ends = Promise.allSettled(statements)
  while ((await lock.waiting()) + settled < count) await new Promise(setImmediate)
  await lock.release()
  // MySQL passes the lock from one to the next, and the connection of one that has ended may be reused.
  return ends
}
