// The pools of Prisma's adapters: limits, connects and disconnects.
import { vi } from 'vitest'
import { failureOf, seenOf } from '../shown.ts'
import { type Kit, limit, type Scenario } from './open.ts'

type Client = ReturnType<Kit['open']>

async function idOf({ engine }: Kit, prisma: Pick<Client, '$queryRawUnsafe'>): Promise<unknown> {
  const sql = engine === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT connection_id() AS id'
  const [row] = await prisma.$queryRawUnsafe<{ id: unknown }[]>(sql)
  return row?.id
}

/** The number of other open connections, as the server counts them. */
async function others({ engine }: Kit, prisma: Client): Promise<number> {
  const [row] = await prisma.$queryRawUnsafe<{ n: unknown }[]>(
    engine === 'postgres'
      ? 'SELECT count(*) AS n FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()'
      : "SELECT count(*) AS n FROM information_schema.processlist WHERE user = 'iam_user' AND db IS NOT NULL AND id <> connection_id()",
  )
  return Number(row?.n)
}

export const connectionScenarios: Record<string, Scenario> = {
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
    }, 30_000)
    return { first, again, open }
  },

  'runs many at once': async (kit) => {
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

  'waits in the queue of a full pool': async (kit) => {
    const timeout = kit.engine === 'postgres' ? { connectionTimeoutMillis: 2_000 } : { acquireTimeout: 2_000 }
    const prisma = kit.open({ ...limit(kit.engine, 1), ...timeout })
    await prisma.$connect()
    const failures = await prisma.$transaction(async (holder) => {
      await holder.tag.count()
      return Promise.all([
        failureOf(() => prisma.tag.count()),
        failureOf(() => prisma.$queryRaw`SELECT 1`),
        failureOf(() => prisma.$transaction(async (tx) => tx.tag.count())),
      ])
    })
    return { failures, after: await prisma.tag.count() }
  },

  'opens a new connection after the server has closed one': async (kit) => {
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
        // pg reports the server's error, and then the disconnect.
        await vi.waitFor(() => {
          if (told.length < (kit.engine === 'postgres' ? 2 : 1)) throw new Error('nothing heard')
        }, 30_000)
        return tx.tag.count()
      }),
    )
    const after = await vi.waitFor(() => idOf(kit, prisma), 30_000)
    return { told, inside, another: after !== before }
  },
}

/** The method of mariadb's pool that the scenario calls. */
interface MariaDbPool {
  getConnection(): Promise<{ query(sql: string): Promise<unknown>; release(): Promise<void> }>
  query(sql: string): Promise<unknown>
}

/** Scenarios that only MySQL and MariaDB support. */
export const mysqlConnectionScenarios: Record<string, Scenario> = {
  'ends a transaction when its connection is released, unless an option prevents it': async ({ adapter }) => {
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
