// Prisma's interactive transactions.
import { failureOf } from '../shown.ts'
import { limit, type Scenario } from './open.ts'

const user = (email: string) => ({ data: { email } })

export const transactionScenarios: Record<string, Scenario> = {
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

  'waits for a transaction until its timeout': async ({ engine, open }) => {
    const prisma = open(limit(engine, 1))
    return prisma.$transaction(async (tx) => {
      const failure = await failureOf(() =>
        prisma.$transaction(async (other) => other.user.count(), { maxWait: 60 }),
      )
      return { failure, users: await tx.user.count() }
    })
  },
}
