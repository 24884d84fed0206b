// Prisma's batch and interactive transactions, and its raw queries.
import { setTimeout as delay } from 'node:timers/promises'
import { failureOf } from '../shown.ts'
import { limit, type Scenario } from './open.ts'

const user = (email: string) => ({ data: { email } })

export const transactionScenarios: Record<string, Scenario> = {
  'commits and rolls back batches': async ({ open }) => {
    const prisma = open()
    const create = (email: string) => prisma.user.create(user(email))
    return {
      committed: await prisma.$transaction([create('one@x'), prisma.user.count(), create('two@x')]),
      failure: await failureOf(() => prisma.$transaction([create('three@x'), create('one@x')])),
      level: await prisma.$transaction([prisma.user.count()], { isolationLevel: 'Serializable' }),
      emails: await prisma.user.findMany({ select: { email: true }, orderBy: { id: 'asc' } }),
    }
  },

  'commits and rolls back interactively': async ({ open }) => {
    const prisma = open()
    const committed = await prisma.$transaction(async (tx) => {
      await tx.user.create(user('one@x'))
      return { inside: await tx.user.count(), outside: await prisma.user.count() }
    })
    const thrown = await failureOf(() =>
      prisma.$transaction(async (tx) => {
        await tx.user.create(user('lost@x'))
        throw new TypeError('changed my mind')
      }),
    )
    const refused = await failureOf(() =>
      prisma.$transaction(async (tx) => {
        await tx.user.create(user('lost@x'))
        await tx.user.create(user('one@x'))
      }),
    )
    return { committed, thrown, refused, emails: await prisma.user.findMany() }
  },

  'ends a transaction that takes too long': async ({ open }) => {
    const prisma = open()
    let late: unknown
    const tooLong = await failureOf(() =>
      prisma.$transaction(
        async (tx) => {
          await delay(120)
          late = await failureOf(() => tx.user.count())
          throw new Error('it was to be over')
        },
        { timeout: 60 },
      ),
    )
    return { tooLong, late, after: await prisma.user.count() }
  },

  'waits for a transaction until its timeout': async ({ engine, open }) => {
    const prisma = open(limit(engine, 1))
    return prisma.$transaction(async (tx) => {
      const failure = await failureOf(() =>
        prisma.$transaction(async (other) => other.user.count(), { maxWait: 60 }),
      )
      return { failure, users: await tx.user.count() }
    })
  },

  'runs raw queries': async ({ engine, open }) => {
    const prisma = open()
    await prisma.user.createMany({ data: [{ email: 'one@x' }, { email: 'two@x' }] })
    const [table, placeholder] = engine === 'postgres' ? ['"User"', '$1'] : ['`User`', '?']
    return {
      unsafe: await prisma.$queryRawUnsafe(`SELECT email FROM ${table} WHERE id = ${placeholder}`, 2),
      executed: await prisma.$executeRawUnsafe(`UPDATE ${table} SET name = ${placeholder}`, 'all'),
      types:
        await prisma.$queryRaw`SELECT ${'x'} AS a, 1.5 AS exact, 9007199254740993 AS big, NULL AS nothing`,
      date: await prisma.$queryRawUnsafe(`SELECT cast('2024-02-03' AS date) AS day`),
      table: await failureOf(() => prisma.$queryRaw`SELECT * FROM nowhere`),
      many: await failureOf(() => prisma.$queryRawUnsafe('SELECT 1; SELECT nothing')),
    }
  },
}
