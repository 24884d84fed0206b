// Prisma's values and errors.
import { failureOf } from '../shown.ts'
import type { Scenario } from './open.ts'

export const recordScenarios: Record<string, Scenario> = {
  'preserves values of all types': async ({ open }) => {
    const prisma = open()
    const data = {
      big: 9007199254740993n,
      exact: '12345678901234.56789',
      rough: 1.25,
      moment: new Date('2024-02-03T04:05:06.789Z'),
      json: { a: [1, 'two', null], ü: '😀' },
      bytes: new TextEncoder().encode('bytes'),
      flag: true,
      text: 'smile 😀',
    }
    await prisma.sample.createMany({ data: [{ id: 1, ...data }, { id: 2 }] })
    const rows = await prisma.sample.findMany({ orderBy: { id: 'asc' } })
    return rows.map((row) => ({ ...row, exact: String(row.exact) }))
  },

  'reports errors by code': async ({ open }) => {
    const prisma = open()
    const data = { email: 'ada@example.org' }
    await prisma.user.create({ data })
    return {
      P2002: await failureOf(() => prisma.user.create({ data })),
      P2025: await failureOf(() => prisma.user.update({ where: { id: 99 }, data: { name: 'x' } })),
      P2000: await failureOf(() => prisma.user.create({ data: { email: 'x'.repeat(200) } })),
      P2010: await failureOf(() => prisma.$queryRaw`SELEKT 1`),
    }
  },
}
