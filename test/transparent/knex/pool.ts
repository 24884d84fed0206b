// Knex's pool and connections: limits, hooks and disconnects.
import type { EventEmitter } from 'node:events'
import type { Knex } from 'knex'
import { vi } from 'vitest'
import { failureOf } from '../shown.ts'
import { idOf, type Kit, rowsOf, type Scenario } from './open.ts'

const sleep = ({ engine }: Kit): string =>
  engine === 'postgres' ? 'SELECT pg_sleep(20)' : 'SELECT sleep(20)'

/** Long enough for the query to begin. Before that, the server can't cancel it. */
const TIMEOUT_MS = 1_000

/** The number of sleeping queries, as the server counts them. */
async function sleepers({ engine }: Kit, db: Knex): Promise<number> {
  const running =
    engine === 'postgres'
      ? "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND state = 'active' AND pid <> pg_backend_pid()"
      : "SELECT 1 FROM information_schema.processlist WHERE info LIKE '%sleep(20)%' AND id <> connection_id()"
  return rowsOf(await db.raw(running)).length
}

export const poolScenarios: Record<string, Scenario> = {
  'cancels a query that takes too long': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 2 } })
    const before = await idOf(kit, db)
    const cancelled = await failureOf(() => db.raw(sleep(kit)).timeout(TIMEOUT_MS, { cancel: true }))
    await vi.waitFor(async () => {
      if ((await sleepers(kit, db)) > 0) throw new Error('it sleeps on')
    }, 30_000)
    return { cancelled, same: before === (await idOf(kit, db)), used: db.client.pool.numUsed() }
  },

  'calls the hooks of the pool': async (kit) => {
    const calls: string[] = []
    const set = kit.engine === 'postgres' ? "SET application_name = 'hooked'" : "SET @hooked = 'hooked'"
    const get =
      kit.engine === 'postgres' ? "SELECT current_setting('application_name') AS x" : 'SELECT @hooked AS x'
    interface Raw {
      query(sql: string, done: (error: Error | null) => void): void
      end(done: () => void): void
    }
    const db = kit.open({
      pool: {
        min: 0,
        max: 2,
        afterCreate: (raw: Raw, done: (error: Error | null, raw: Raw) => void) => {
          calls.push(raw.constructor.name)
          raw.query(set, (error) => done(error, raw))
        },
      },
    })
    const hooked = rowsOf(await db.raw(get))
    // Knex doesn't close a connection that its hook refuses.
    const afterCreate = (raw: Raw, done: (error: Error) => void): void => raw.end(() => done(new Error('no')))
    const refusing = kit.open({ pool: { min: 0, max: 1, afterCreate } })
    return { hooked, calls, refused: await failureOf(() => refusing.raw('SELECT 1')) }
  },

  'opens a new connection after the server has closed one': async (kit) => {
    const ends: Promise<unknown>[] = []
    const afterCreate = (raw: EventEmitter, done: (error: null, raw: EventEmitter) => void): void => {
      ends.push(new Promise((resolve) => void raw.once(kit.engine === 'postgres' ? 'end' : 'error', resolve)))
      done(null, raw)
    }
    const db = kit.open({ pool: { min: 0, max: 1, afterCreate } })
    const killer = kit.open()
    const before = await idOf(kit, db)
    const trx = await db.transaction()
    await killer.raw(kit.engine === 'postgres' ? `SELECT pg_terminate_backend(${before})` : `KILL ${before}`)
    await ends[0]
    const inside = await failureOf(() => trx.raw('SELECT 1'))
    await trx.rollback().catch(() => {})
    const after = await vi.waitFor(() => idOf(kit, db), 30_000)
    return { inside, another: after !== before, rows: rowsOf(await db.raw('SELECT 1 AS one')) }
  },

  'is destroyed, and initialized again': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 2 } })
    const first = rowsOf(await db.raw('SELECT 1 AS one'))
    await db.destroy()
    const ended = await failureOf(() => db.raw('SELECT 1'))
    await db.destroy()
    db.initialize()
    const again = rowsOf(await db.raw('SELECT 2 AS two'))
    await db.destroy()
    db.initialize({ ...db.client.config, pool: { min: 0, max: 1 } })
    return { first, ended, again, third: rowsOf(await db.raw('SELECT 3 AS three')), max: db.client.pool.max }
  },
}
