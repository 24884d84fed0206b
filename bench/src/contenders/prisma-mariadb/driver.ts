// Prisma on mariadb: what all contenders share on it.
import type { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaClient } from '../../../../examples/prisma/generated/mysql/client.ts'
import type { Connection, Contender, Make } from '../contender.ts'

/** `adapterOf` is asked once for each size, as an application has one adapter; each client makes a pool of its own. */
export function onPrismaMariaDb(adapterOf: (size: number) => ReturnType<Make<PrismaMariaDb>>): Contender {
  const adapters = new Map<number, PrismaMariaDb>()
  const pool = async (size: number): Promise<Connection> => {
    const adapter = adapters.get(size) ?? (await adapterOf(size))
    adapters.set(size, adapter)
    const prisma = new PrismaClient({ adapter })
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
