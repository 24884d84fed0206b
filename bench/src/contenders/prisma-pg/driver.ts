// Prisma on pg: what all contenders share on it.
import type { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../../examples/prisma/generated/postgres/client.ts'
import type { Connection, Contender } from '../contender.ts'

/** `adapterOf` is asked once for each size, as an application has one adapter; each client makes a pool of its own. */
export function onPrismaPg(adapterOf: (max: number) => PrismaPg): Contender {
  const adapters = new Map<number, PrismaPg>()
  const pool = (max: number): Connection => {
    const adapter = adapters.get(max) ?? adapterOf(max)
    adapters.set(max, adapter)
    const prisma = new PrismaClient({ adapter })
    return { query: (sql) => prisma.$queryRawUnsafe(sql), close: () => prisma.$disconnect() }
  }
  return {
    async connect() {
      const prisma = pool(1)
      await prisma.query('SELECT 1')
      return prisma
    },
    pool,
  }
}
