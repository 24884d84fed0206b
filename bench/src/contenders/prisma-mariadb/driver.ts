// Prisma on mariadb: what all contenders share on it.
import type { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaClient } from '../../../../examples/prisma/generated/mysql/client.ts'
import type { Connection, Contender, Make } from '../contender.ts'

export function onPrismaMariaDb(
  adapter: (connectionLimit: number) => ReturnType<Make<PrismaMariaDb>>,
): Contender {
  const pool = async (size: number): Promise<Connection> => {
    const prisma = new PrismaClient({ adapter: await adapter(size) })
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
