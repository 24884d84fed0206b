// Prisma on pg: what all contenders share on it.
import type { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../../examples/prisma/generated/postgres/client.ts'
import type { Connection, Contender } from '../contender.ts'

export function onPrismaPg(adapter: (max: number) => PrismaPg): Contender {
  const pool = (max: number): Connection => {
    const prisma = new PrismaClient({ adapter: adapter(max) })
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
