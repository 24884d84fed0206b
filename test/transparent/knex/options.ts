// Knex's option `connection`, in all its forms, and its effects.
import { createPool } from 'mysql2'
import pg from 'pg'
import { failureOf } from '../shown.ts'
import { idOf, rowsOf, type Scenario } from './open.ts'

export const optionScenarios: Record<string, Scenario> = {
  'shows its settings, except for the login': async ({ open }) => {
    const db = open({ pool: { min: 1, max: 3 }, acquireConnectionTimeout: 50_000 })
    // The settings of either login, without the address, which must be the same.
    const login = ['password', 'ssl', 'authPlugins', 'stream', 'socketPath']
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

  'shares its connections with derived instances': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 1 } })
    const id = await idOf(kit, db)
    const child = db.withUserParams({ tenant: 7 })
    return {
      same: id === (await idOf(kit, child)),
      params: child.userParams,
      settings: Object.keys(child.client.connectionSettings)
        .sort()
        .filter((name) => !/ssl|authPlugins|stream|socketPath/.test(name)),
      trx: await child.transaction(async (trx) => [trx.userParams, rowsOf(await trx.raw('SELECT 1 AS one'))]),
    }
  },

  'passes driver options to the driver': async ({ engine, open, openUrl }) => {
    if (engine === 'postgres') {
      const given = { application_name: 'orders', statement_timeout: 1500, options: '-c work_mem=1MB' }
      const db = open({}, given)
      const byUrl = openUrl('application_name=from-url&options=-c%20work_mem%3D2MB')
      return {
        name: rowsOf(await db.raw('SHOW application_name')),
        memory: rowsOf(await db.raw('SHOW work_mem')),
        timeout: await failureOf(() => db.raw('SELECT pg_sleep(60)')),
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

  'calls a function for its connection': async ({ open, connection }) => {
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

  "uses a pool of the driver's": async ({ engine, open, connection }) => {
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

/** Scenarios that only PostgreSQL supports. */
export const postgresScenarios: Record<string, Scenario> = {
  'sets a search path': async ({ open, logged }) => {
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
