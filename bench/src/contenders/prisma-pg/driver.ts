import type { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../../examples/prisma/generated/postgres/client.ts'
import type { Contender } from '../contender.ts'
import { onPrisma } from '../prisma.ts'

export function onPrismaPg(adapterOf: (max: number) => PrismaPg): Contender {
  return onPrisma((adapter) => new PrismaClient({ adapter }), adapterOf)
}
