// Prisma: opens clients for each contender on pg and mariadb.
import type { Connection, Contender, Make } from './contender.ts'

interface Client {
  $queryRawUnsafe(sql: string): Promise<unknown>
  $disconnect(): Promise<unknown>
}

/** Creates one adapter for each pool size, as an application has one adapter. Each client has its own pool. */
export function onPrisma<A>(
  clientOf: (adapter: A) => Client,
  adapterOf: (size: number) => ReturnType<Make<A>>,
): Contender {
  const adapters = new Map<number, A>()
  const pool = async (size: number): Promise<Connection> => {
    const adapter = adapters.get(size) ?? (await adapterOf(size))
    adapters.set(size, adapter)
    const prisma = clientOf(adapter)
    return { query: (sql) => prisma.$queryRawUnsafe(sql), close: () => prisma.$disconnect() }
  }
  return {
    async connect() {
      const prisma = await pool(1)
      await prisma.query('SELECT 1')
      return prisma
    },
    pool,
  }
}
