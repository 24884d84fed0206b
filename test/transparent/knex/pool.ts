// Knex's pool and connections: their options, limits, hooks and ends.
import type { EventEmitter } from 'node:events'
import type { Knex } from 'knex'
import { createPool } from 'mysql2'
import pg from 'pg'
import { vi } from 'vitest'
import { failureOf, rejectionOf, seenOf } from '../shown.ts'
import { type Kit, rowsOf, type Scenario } from './open.ts'

const sleep = ({ engine }: Kit): string =>
  engine === 'postgres' ? 'SELECT pg_sleep(20)' : 'SELECT sleep(20)'
const connectionId = ({ engine }: Kit): string =>
  engine === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT connection_id() AS id'

async function idOf(kit: Kit, db: Knex): Promise<unknown> {
  return Object(rowsOf(await db.raw(connectionId(kit)))[0]).id
}

/** How many sleep now, for the server to tell. */
async function sleepers({ engine }: Kit, db: Knex): Promise<number> {
  const running =
    engine === 'postgres'
      ? "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND state = 'active' AND pid <> pg_backend_pid()"
      : "SELECT 1 FROM information_schema.processlist WHERE info LIKE '%sleep(20)%' AND id <> connection_id()"
  return rowsOf(await db.raw(running)).length
}

export const poolScenarios: Record<string, Scenario> = {
  'shows its settings, without what is about the login': async ({ open }) => {
    const db = open({ pool: { min: 1, max: 3 }, acquireConnectionTimeout: 5000 })
    // The login's own, by either way. Where the server listens is shown alike.
    const login = ['password', 'ssl', 'authPlugins', 'stream']
    const less = (settings: object): object =>
      Object.fromEntries(Object.entries(settings).filter(([name]) => !login.includes(name)))
    const { client, connection, log: _, ...config } = db.client.config
    return {
      settings: less(db.client.connectionSettings),
      connection: less(connection),
      config,
      client,
      database: db.client.database(),
      acquireTimeoutMs: db.client.pool.acquireTimeoutMillis,
      keys: Object.keys(db.client).filter((name) => name !== 'connectionConfigExpirationChecker'),
      printsPassword: JSON.stringify(db.client.config).includes('password'),
      version: rowsOf(await db.raw('SELECT 1 AS one')) && db.client.version,
    }
  },

  'times out when the pool is full': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 1 } })
    const held = await db.transaction()
    // What acquireConnectionTimeout sets, but not for the login.
    db.client.pool.acquireTimeoutMillis = 80
    const failures = await Promise.all([
      failureOf(() => db.raw('SELECT 1')),
      failureOf(() => db.transaction()),
      failureOf(() => db.schema.hasTable('any')),
    ])
    await held.rollback()
    return { failures, after: rowsOf(await db.raw('SELECT 1 AS one')), used: db.client.pool.numUsed() }
  },

  'cancels a query that takes too long': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 2 } })
    const before = await idOf(kit, db)
    const cancelled = await failureOf(() => db.raw(sleep(kit)).timeout(60, { cancel: true }))
    await vi.waitFor(async () => {
      if ((await sleepers(kit, db)) > 0) throw new Error('it sleeps on')
    })
    return { cancelled, same: before === (await idOf(kit, db)), used: db.client.pool.numUsed() }
  },

  'leaves a query alone that is not to be cancelled': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 2 } })
    const left = await failureOf(() => db.raw(sleep(kit)).timeout(60))
    const asleep = await sleepers(kit, db)
    const kill =
      kit.engine === 'postgres'
        ? "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()"
        : undefined
    if (kill) await db.raw(kill)
    else {
      const [[row]] = await db.raw(
        "SELECT id AS id FROM information_schema.processlist WHERE info LIKE '%sleep(20)%' AND id <> connection_id()",
      )
      await db.raw(`KILL ${row.id}`)
    }
    return { left, asleep }
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
    db.client.pool.on('createSuccess', () => calls.push('createSuccess'))
    db.client.pool.on('acquireSuccess', () => calls.push('acquireSuccess'))
    db.client.pool.on('release', () => calls.push('release'))
    const hooked = rowsOf(await db.raw(get))
    // Knex leaves open what its hook refuses.
    const afterCreate = (raw: Raw, done: (error: Error) => void): void => raw.end(() => done(new Error('no')))
    const refusing = kit.open({ pool: { min: 0, max: 1, afterCreate } })
    return { hooked, calls, refused: await failureOf(() => refusing.raw('SELECT 1')) }
  },

  'opens anew after the server has closed its connection': async (kit) => {
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
    const after = await vi.waitFor(() => idOf(kit, db))
    return { inside, another: after !== before, rows: rowsOf(await db.raw('SELECT 1 AS one')) }
  },

  'ends, and begins again': async (kit) => {
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

  'ends while logins are under way': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 4 } })
    await idOf(kit, db)
    const queries = Promise.allSettled(Array.from({ length: 4 }, () => db.raw('SELECT 1 AS one')))
    await db.destroy()
    const ends = (await queries).map((end) =>
      end.status === 'fulfilled' ? rowsOf(end.value) : seenOf(end.reason),
    )
    return { ends, open: db.client.pool === undefined }
  },

  'gives each of its descendants the same connections': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 1 } })
    const id = await idOf(kit, db)
    const child = db.withUserParams({ tenant: 7 })
    return {
      same: id === (await idOf(kit, child)),
      params: child.userParams,
      settings: Object.keys(child.client.connectionSettings)
        .sort()
        .filter((name) => !/ssl|authPlugins|stream/.test(name)),
      trx: await child.transaction(async (trx) => [trx.userParams, rowsOf(await trx.raw('SELECT 1 AS one'))]),
    }
  },

  'hands options of the driver to the driver': async ({ engine, open, openUrl }) => {
    if (engine === 'postgres') {
      const given = { application_name: 'orders', statement_timeout: 50, options: '-c work_mem=1MB' }
      const db = open({}, given)
      const byUrl = openUrl('application_name=from-url&options=-c%20work_mem%3D2MB')
      return {
        name: rowsOf(await db.raw('SHOW application_name')),
        memory: rowsOf(await db.raw('SHOW work_mem')),
        timeout: await failureOf(() => db.raw('SELECT pg_sleep(5)')),
        byUrl: [rowsOf(await byUrl.raw('SHOW application_name')), rowsOf(await byUrl.raw('SHOW work_mem'))],
        types: rowsOf(
          await open(
            {},
            {
              types: { getTypeParser: (oid: number) => (text: string) => (oid === 23 ? `«${text}»` : text) },
            },
          ).raw('SELECT 1 AS n'),
        ),
      }
    }
    const given = {
      dateStrings: true,
      multipleStatements: true,
      decimalNumbers: true,
      charset: 'utf8mb4_bin',
    }
    const db = open({}, given)
    const byUrl = openUrl('dateStrings=true&charset=utf8mb4_bin')
    const cast = open({}, { typeCast: (field: { string(): string }) => `«${field.string()}»` })
    const values =
      "SELECT cast('2024-01-02' AS date) AS day, 1.5 AS exact, @@collation_connection AS collation"
    return {
      values: rowsOf(await db.raw(values)),
      byUrl: rowsOf(await byUrl.raw(values)),
      many: rowsOf(await db.raw('SELECT 1 AS a; SELECT 2 AS b')),
      cast: rowsOf(await cast.raw('SELECT 1 AS a')),
      flags: rowsOf(await open({}, { flags: ['-FOUND_ROWS'] }).raw('SELECT 1 AS a')),
    }
  },

  'is told that the database is not there': async ({ open, logged }) => {
    const db = open({ pool: { min: 0, max: 1 } }, { database: 'nowhere' })
    return {
      first: await failureOf(() => db.raw('SELECT 1')),
      again: await failureOf(() => db.schema.hasTable('t')),
      logged,
    }
  },

  'is told that nobody listens': async ({ open, logged }) => {
    // Port 1 of this machine: nobody may listen there.
    const db = open({}, { host: '127.0.0.1', port: 1 })
    return {
      first: await failureOf(() => db.raw('SELECT 1')),
      login: rowsOf(await open().raw('SELECT 1 AS one')),
      logged,
    }
  },

  'is told that its login is rejected': async ({ openWrongly }) => ({
    first: await rejectionOf(() => openWrongly().raw('SELECT 1')),
    transaction: await rejectionOf(() => openWrongly().transaction()),
    migration: await rejectionOf(() => openWrongly().schema.hasTable('t')),
  }),

  'asks a function for its connection': async ({ open, connection }) => {
    let asked = 0
    const db = open({
      pool: { min: 0, max: 2 },
      connection: async () => {
        asked++
        return { ...connection(), expirationChecker: () => false }
      },
    })
    const rows = await Promise.all([db.raw('SELECT 1 AS one'), db.raw('SELECT 1 AS one')])
    return { rows: rows.map(rowsOf), asked }
  },

  'borrows from a pool of the driver': async ({ engine, open, connection }) => {
    const pool = engine === 'postgres' ? new pg.Pool(connection()) : createPool(connection())
    try {
      const db = open(Object({ connectionPool: pool, connection: undefined })) // knex's types lack it
      await db.schema.createTable('lent', (table) => table.increments('id'))
      const ids = await db.transaction((trx) =>
        trx('lent')
          .insert({ id: 5 })
          .then(() => trx('lent').select()),
      )
      return { ids, count: await db('lent').count('* as n') }
    } finally {
      await new Promise<void>((resolve) => {
        if (pool instanceof pg.Pool) void pool.end().then(resolve)
        else pool.end(() => resolve())
      })
    }
  },
}

/** What PostgreSQL alone has. */
export const postgresScenarios: Record<string, Scenario> = {
  'takes a search path': async ({ open, logged }) => {
    const db = open()
    await db.raw(
      'CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE two.t (n int); INSERT INTO two.t VALUES (2)',
    )
    const list = open({ searchPath: ['one', 'two'] })
    const text = open({ searchPath: 'two' })
    const comma = open({ searchPath: 'one,two' })
    return {
      list: rowsOf(await list.raw('SHOW search_path')),
      rows: await list('t').select(),
      has: await list.schema.hasTable('t'),
      column: await text('t').columnInfo('n'),
      text: rowsOf(await text.raw('SHOW search_path')),
      comma: [rowsOf(await comma.raw('SHOW search_path')), [...logged]],
    }
  },
}
