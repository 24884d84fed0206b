import type { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaClient } from '../../../../examples/prisma/generated/mysql/client.ts'
import type { Contender, Make } from '../contender.ts'
import { onPrisma } from '../prisma.ts'

export function onPrismaMariaDb(adapterOf: (size: number) => ReturnType<Make<PrismaMariaDb>>): Contender {
  return onPrisma((adapter: PrismaMariaDb) => new PrismaClient({ adapter }), adapterOf)
}
