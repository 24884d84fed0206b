// Prisma's adapters and their pools: options, limits, ends.
import { vi } from 'vitest'
import { failureOf, seenOf } from '../shown.ts'
import { step } from '../step.ts'
import type { Kit, Scenario } from './open.ts'

type Client = ReturnType<Kit['open']>

const limit = (engine: Kit['engine'], n: number): Record<string, unknown> =>
  engine === 'postgres' ? { max: n } : { connectionLimit: n }

async function idOf({ engine }: Kit, prisma: Pick<Client, '$queryRawUnsafe'>): Promise<unknown> {
  const sql = engine === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT connection_id() AS id'
  const [row] = await prisma.$queryRawUnsafe<{ id: unknown }[]>(sql)
  return row?.id
}

/** Connections that are open now, for the server to tell. */
async function others({ engine }: Kit, prisma: Client): Promise<number> {
  const [row] = await prisma.$queryRawUnsafe<{ n: unknown }[]>(
    engine === 'postgres'
      ? 'SELECT count(*) AS n FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()'
      : "SELECT count(*) AS n FROM information_schema.processlist WHERE user = 'iam_user' AND db IS NOT NULL AND id <> connection_id()",
  )
  return Number(row?.n)
}

export const connectionScenarios: Record<string, Scenario> = {
  'shows what adapter it is': async ({ engine, adapter }) => {
    const factory = adapter(limit(engine, 2))
    const connected = await factory.connect()
    try {
      return {
        factory: [factory.provider, factory.adapterName],
        connected: [
          connected.provider,
          connected.adapterName,
          connected.constructor.name,
          Object.keys(connected).sort(),
        ],
        info: connected.getConnectionInfo(),
        driver: connected.underlyingDriver().constructor.name,
        rows: await connected.queryRaw({ sql: 'SELECT 1 AS one', args: [], argTypes: [] }),
        failure: await failureOf(() => connected.queryRaw({ sql: 'SELEKT', args: [], argTypes: [] })),
      }
    } finally {
      await connected.dispose()
    }
  },

  'disconnects, and connects again': async (kit) => {
    const prisma = kit.open()
    await prisma.$connect()
    const first = await prisma.user.count()
    await prisma.$disconnect()
    await prisma.$disconnect()
    const again = await prisma.user.count()
    await prisma.$disconnect()
    await prisma.$connect()
    const witness = kit.open(limit(kit.engine, 1))
    const open = await prisma.user.count()
    await prisma.$disconnect()
    await vi.waitFor(async () => {
      if ((await others(kit, witness)) > 0) throw new Error('a connection is left')
    })
    return { first, again, open }
  },

  'does many at once': async (kit) => {
    const prisma = kit.open(limit(kit.engine, 4))
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => prisma.tag.create({ data: { word: `word ${i}` } })),
    )
    const found = await Promise.all(
      Array.from({ length: 30 }, (_, i) => prisma.tag.findUnique({ where: { word: `word ${i}` } })),
    )
    const clients = Array.from({ length: 4 }, () => kit.open(limit(kit.engine, 1)))
    return {
      found: found.map((tag) => tag?.word),
      counts: await Promise.all(clients.map((client) => client.tag.count())),
    }
  },

  'keeps a connection as it was left, in a pool of one': async (kit) => {
    const prisma = kit.open(limit(kit.engine, 1))
    const [set, get] =
      kit.engine === 'postgres'
        ? ["SET application_name = 'kept'", "SELECT current_setting('application_name') AS x"]
        : ["SET @kept = 'kept'", 'SELECT @kept AS x']
    await prisma.$executeRawUnsafe(set)
    const kept = await prisma.$queryRawUnsafe(get)
    const insert = `INSERT INTO ${kit.engine === 'postgres' ? '"Tag"' : 'Tag'} (word) VALUES ('undone')`
    await Promise.all(['BEGIN', insert].map((sql) => prisma.$executeRawUnsafe(sql)))
    const inside = await prisma.tag.count()
    await prisma.$executeRawUnsafe('ROLLBACK')
    const after = await prisma.tag.count()
    // A transaction that is left open ends with the next one of Prisma's own.
    await prisma.$executeRawUnsafe('BEGIN')
    await prisma.$executeRawUnsafe(insert)
    return { kept, inside, after, own: await prisma.$transaction((tx) => tx.tag.count()) }
  },

  'waits in the queue of a full pool': async (kit) => {
    const timeout = kit.engine === 'postgres' ? { connectionTimeoutMillis: 500 } : { acquireTimeout: 500 }
    const prisma = kit.open({ ...limit(kit.engine, 1), ...timeout })
    await prisma.$connect()
    const leave = step()
    const entered = step()
    const holder = prisma.$transaction(
      async (tx) => {
        await tx.tag.count()
        entered.take()
        await leave.taken
      },
      { timeout: 10_000 },
    )
    await entered.taken
    const failures = await Promise.all([
      failureOf(() => prisma.tag.count()),
      failureOf(() => prisma.$queryRaw`SELECT 1`),
      failureOf(() => prisma.$transaction(async (tx) => tx.tag.count())),
    ])
    leave.take()
    await holder
    return { failures, after: await prisma.tag.count() }
  },

  'opens anew after the server has closed its connection': async (kit) => {
    const told: unknown[] = []
    const tell = (error: Error): void => void told.push(seenOf(error))
    const prisma = kit.client(
      kit.adapter(limit(kit.engine, 1), { onPoolError: tell, onConnectionError: tell }),
    )
    const killer = kit.open(limit(kit.engine, 1))
    const before = await idOf(kit, prisma)
    const inside = await failureOf(() =>
      prisma.$transaction(async (tx) => {
        await tx.tag.count()
        const kill = kit.engine === 'postgres' ? `SELECT pg_terminate_backend(${before})` : `KILL ${before}`
        await killer.$executeRawUnsafe(kill)
        // pg tells what the server said, and then that it hung up.
        await vi.waitFor(() => {
          if (told.length < (kit.engine === 'postgres' ? 2 : 1)) throw new Error('nothing heard')
        })
        return tx.tag.count()
      }),
    )
    const after = await vi.waitFor(() => idOf(kit, prisma))
    return { told, inside, another: after !== before }
  },

  'is told that the database is not there': async ({ open }) => {
    const nowhere = { database: 'nowhere', acquireTimeout: 1000, initializationTimeout: 800 }
    return Promise.all([
      failureOf(() => open(nowhere).user.count()),
      failureOf(() => open(nowhere).$queryRaw`SELECT 1`),
      failureOf(() => open(nowhere).$transaction(async (tx) => tx.user.count())),
    ])
  },
}

/** What PostgreSQL alone has. */
export const postgresConnectionScenarios: Record<string, Scenario> = {
  'hands options of the driver to the driver': async ({ open, openUrl, adapter, client }) => {
    const prisma = open({ application_name: 'orders', statement_timeout: 60, options: '-c work_mem=1MB' })
    await prisma.$executeRaw`CREATE SCHEMA apart CREATE TABLE "Tag" (id serial, word text)`
    const apart = client(adapter({}, { schema: 'apart' }))
    await apart.tag.create({ data: { word: 'apart' } })
    const byUrl = openUrl('application_name=from-url', { schema: 'apart' })
    return {
      name: await prisma.$queryRaw`SHOW application_name`,
      memory: await prisma.$queryRaw`SHOW work_mem`,
      timeout: await failureOf(() => prisma.$queryRaw`SELECT pg_sleep(5)`),
      apart: [await apart.tag.findMany(), await prisma.tag.findMany(), await byUrl.tag.findMany()],
      byUrl: await byUrl.$queryRaw`SHOW application_name`,
    }
  },

  'makes a shadow database': async ({ adapter }) => {
    // The pool that it is made by is left to its idle timeout.
    const shadow = await Object(adapter({ idleTimeoutMillis: 50 })).connectToShadowDb()
    try {
      const { rows } = await shadow.queryRaw({ sql: 'SELECT current_database()', args: [], argTypes: [] })
      await shadow.executeScript('CREATE TABLE t (n int); INSERT INTO t VALUES (1);')
      return { isShadow: String(rows[0][0]).startsWith('prisma_migrate_shadow_db_') }
    } finally {
      await shadow.underlyingDriver().end()
      await shadow.dispose().catch(() => {})
    }
  },
}

/** What is called of mariadb's pool. */
interface MariaDbPool {
  getConnection(): Promise<{ query(sql: string): Promise<unknown>; release(): Promise<void> }>
  query(sql: string): Promise<unknown>
}

/** What MySQL and MariaDB alone have. */
export const mysqlConnectionScenarios: Record<string, Scenario> = {
  'hands options of the driver to the driver': async ({ open, openUrl, adapter, client }) => {
    const ask = 'SELECT @@collation_connection AS collation, @@sql_mode AS mode'
    const prisma = open({ collation: 'UTF8MB4_BIN', initSql: "SET sql_mode = 'ANSI'", minimumIdle: 1 })
    const byUrl = openUrl('connectionLimit=2&collation=UTF8MB4_BIN')
    const text = client(adapter({}, { useTextProtocol: true, database: 'app' }))
    return {
      options: await prisma.$queryRawUnsafe(ask),
      byUrl: await byUrl.$queryRawUnsafe(ask),
      text: [await text.tag.create({ data: { word: 'text' } }), await text.tag.findMany()],
      many: await open({ multipleStatements: true }).$queryRawUnsafe('SELECT 1 AS a'),
      zone: await open({ timezone: '+05:00' }).$queryRaw`SELECT cast('2024-01-02 03:04:05' AS datetime) AS t`,
    }
  },

  'ends a transaction when its connection is given back, unless told otherwise': async ({ adapter }) => {
    const seen: unknown[] = []
    for (const control of [{}, { noControlAfterUse: true }, { resetAfterUse: true }]) {
      const connected = await adapter({ connectionLimit: 1, ...control }).connect()
      const pool: MariaDbPool = Object(connected.underlyingDriver())
      const connection = await pool.getConnection()
      await connection.query("SET @kept = 'kept'")
      await connection.query('BEGIN')
      await connection.query("INSERT INTO Tag (word) VALUES ('open')")
      await connection.release()
      seen.push(await pool.query('SELECT count(*) AS n, @kept AS kept FROM Tag'))
      await pool.query('ROLLBACK')
      await connected.dispose()
      seen.push(await failureOf(() => pool.getConnection()))
    }
    return seen
  },
}
