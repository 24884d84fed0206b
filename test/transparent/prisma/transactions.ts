// Prisma's batch and interactive transactions, and its raw queries.
import { setTimeout as delay } from 'node:timers/promises'
import { effectsOf, type Level, refusalsAt, type Within } from '../isolation.ts'
import { failureOf } from '../shown.ts'
import { type Step, step } from '../step.ts'
import type { Kit, Scenario } from './open.ts'
import { blog } from './records.ts'

const levels = {
  'READ UNCOMMITTED': 'ReadUncommitted',
  'READ COMMITTED': 'ReadCommitted',
  'REPEATABLE READ': 'RepeatableRead',
  SERIALIZABLE: 'Serializable',
} as const satisfies Record<Level, string>

const within =
  (prisma: ReturnType<Kit['open']>): Within =>
  (level, work) =>
    prisma.$transaction(
      (tx) => work({ count: () => tx.tag.count(), add: (word) => tx.tag.create({ data: { word } }) }),
      level && { isolationLevel: levels[level] },
    )

export const transactionScenarios: Record<string, Scenario> = {
  'commits and rolls back batches': async ({ open }) => {
    const prisma = open()
    await blog(prisma)
    const create = (email: string) => prisma.user.create({ data: { email } })
    return {
      committed: await prisma.$transaction([create('one@x'), prisma.user.count(), create('two@x')]),
      failure: await failureOf(() => prisma.$transaction([create('three@x'), create('one@x')])),
      level: await prisma.$transaction([prisma.user.count()], { isolationLevel: 'Serializable' }),
      emails: await prisma.user.findMany({ select: { email: true }, orderBy: { id: 'asc' } }),
    }
  },

  'commits and rolls back interactively': async ({ open }) => {
    const prisma = open()
    const create = (email: string) => ({ data: { email } })
    const committed = await prisma.$transaction(async (tx) => {
      await tx.user.create(create('one@x'))
      const inside = await tx.user.count()
      return { inside, outside: await prisma.user.count() }
    })
    const thrown = await failureOf(() =>
      prisma.$transaction(async (tx) => {
        await tx.user.create(create('lost@x'))
        throw new TypeError('changed my mind')
      }),
    )
    const refused = await failureOf(() =>
      prisma.$transaction(async (tx) => {
        await tx.user.create(create('lost@x'))
        await tx.user.create(create('one@x'))
      }),
    )
    return { committed, thrown, refused, emails: await prisma.user.findMany() }
  },

  'applies isolation levels': async ({ engine, open }) => {
    const always = open({}, { transactionOptions: { isolationLevel: 'Serializable' } })
    const unknown = { isolationLevel: Object('Chaos') }
    return {
      effects: await effectsOf(engine, within(open())),
      always: await refusalsAt(undefined, within(always)),
      unknown: await failureOf(() => open().$transaction(async (tx) => tx.tag.count(), unknown)),
    }
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
    const prisma = open(engine === 'postgres' ? { max: 1 } : { connectionLimit: 1 })
    return prisma.$transaction(async (tx) => {
      const failure = await failureOf(() =>
        prisma.$transaction(async (other) => other.user.count(), { maxWait: 60 }),
      )
      return { failure, users: await tx.user.count() }
    })
  },

  'runs raw queries': async ({ engine, open }) => {
    const prisma = open()
    await blog(prisma)
    const [user, placeholder] = engine === 'postgres' ? ['"User"', '$1'] : ['`User`', '?']
    return {
      tagged: await prisma.$queryRaw`SELECT ${'x'} AS a, ${7} AS b`,
      unsafe: await prisma.$queryRawUnsafe(`SELECT email FROM ${user} WHERE id = ${placeholder}`, 2),
      executed: await prisma.$executeRawUnsafe(`UPDATE ${user} SET name = ${placeholder}`, 'all'),
      types: await prisma.$queryRaw`SELECT 1 AS n, 1.5 AS exact, 9007199254740993 AS big, NULL AS nothing`,
      date: await prisma.$queryRawUnsafe(`SELECT cast('2024-02-03' AS date) AS day`),
      table: await failureOf(() => prisma.$queryRaw`SELECT * FROM nowhere`),
      clash: await failureOf(() =>
        prisma.$executeRawUnsafe(`INSERT INTO ${user} (email) VALUES ('ada@example.org')`),
      ),
      many: await failureOf(() => prisma.$queryRawUnsafe('SELECT 1; SELECT nothing')),
    }
  },

  'works with an extension, and emits events': async ({ open }) => {
    const prisma = open(
      {},
      {
        log: [
          { emit: 'event', level: 'query' },
          { emit: 'event', level: 'error' },
        ],
      },
    )
    const events: unknown[] = []
    const listening = prisma as unknown as { $on(event: string, listen: (event: object) => void): void } // by `log`
    listening.$on('query', (event) => {
      const { query, params } = Object(event)
      events.push([query, params])
    })
    listening.$on('error', (event) => {
      const { message, target } = Object(event)
      // The message contains the location in the code.
      events.push([target, message.split('\n').at(-1)])
    })
    const loud = prisma.$extends({
      query: {
        user: {
          findMany: async ({ args, query }) => (await query(args)).map((row) => ({ ...row, loud: true })),
        },
      },
      result: { user: { domain: { needs: { email: true }, compute: ({ email }) => email.split('@')[1] } } },
    })
    await blog(prisma)
    await prisma.user.create({ data: { email: 'ada@example.org' } }).catch(() => {})
    return { rows: await loud.user.findMany({ orderBy: { id: 'asc' } }), events }
  },
}

/** The engines detect conflicts differently: PostgreSQL compares row versions, and MySQL locks. */
export const postgresTransactionScenarios: Record<string, Scenario> = {
  'reports a write conflict': async ({ open }) => {
    const prisma = open()
    await prisma.user.create({ data: { email: 'a@x' } })
    const rename = { where: { id: 1 }, data: { name: 'renamed' } }
    return failureOf(() =>
      prisma.$transaction(
        async (tx) => {
          await tx.user.count()
          await prisma.user.update(rename)
          await tx.user.update(rename)
        },
        { isolationLevel: 'RepeatableRead' },
      ),
    )
  },
}

export const mysqlTransactionScenarios: Record<string, Scenario> = {
  'reports a write conflict': async ({ open }) => {
    const prisma = open()
    await prisma.user.createMany({ data: [{ email: 'a@x' }, { email: 'b@x' }] })
    const swap = (read: number, write: number, mine: Step, theirs: Step) =>
      prisma.$transaction(
        async (tx) => {
          await tx.user.findUnique({ where: { id: read } })
          mine.take()
          await theirs.taken
          await tx.user.update({ where: { id: write }, data: { name: 'renamed' } })
        },
        { isolationLevel: 'Serializable' },
      )
    const [first, second] = [step(), step()]
    const ends = await Promise.allSettled([swap(1, 2, first, second), swap(2, 1, second, first)])
    // The server chooses which of them it ends.
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))
  },
}
