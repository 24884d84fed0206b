// Prisma's queries on models, with relations and aggregates, and their errors.
import { failureOf } from '../shown.ts'
import type { Kit, Scenario } from './open.ts'

type Client = ReturnType<Kit['open']>

export async function blog(prisma: Client): Promise<void> {
  await prisma.user.create({
    data: {
      email: 'ada@example.org',
      name: 'Ada',
      role: 'ADMIN',
      profile: { create: { bio: 'counts' } },
      posts: {
        create: [
          { title: 'Engines', views: 3, tags: { create: [{ word: 'math' }, { word: 'steam' }] } },
          {
            title: 'Notes',
            tags: { connectOrCreate: { where: { word: 'math' }, create: { word: 'math' } } },
          },
        ],
      },
    },
  })
  await prisma.user.createMany({
    data: [{ email: 'bob@example.org' }, { email: 'cyd@example.org', name: 'Cyd' }],
  })
}

const byId = { orderBy: { id: 'asc' } } as const

export const recordScenarios: Record<string, Scenario> = {
  'creates, reads, updates and deletes': async ({ engine, open }) => {
    const prisma = open()
    await blog(prisma)
    return {
      unique: await prisma.user.findUnique({ where: { email: 'ada@example.org' } }),
      none: await prisma.user.findUnique({ where: { email: 'nobody' } }),
      first: await prisma.post.findFirstOrThrow({ where: { views: { gt: 0 } } }),
      many: await prisma.user.findMany({ where: { OR: [{ name: null }, { name: 'Cyd' }] }, ...byId }),
      paged: await prisma.user.findMany({ skip: 1, take: 1, cursor: { id: 1 }, ...byId }),
      selected: await prisma.user.findMany({
        select: { email: true, _count: { select: { posts: true } } },
        ...byId,
      }),
      distinct: await prisma.user.findMany({
        distinct: ['role'],
        select: { role: true },
        orderBy: { role: 'asc' },
      }),
      contains: await prisma.user.findMany({ where: { email: { contains: 'b@' } } }),
      updated: await prisma.user.update({ where: { id: 2 }, data: { name: 'Bob' } }),
      incremented: await prisma.post.update({ where: { id: 1 }, data: { views: { increment: 4 } } }),
      updatedMany: await prisma.user.updateMany({ where: { role: 'USER' }, data: { role: 'ADMIN' } }),
      upserted: [
        await prisma.user.upsert({ where: { email: 'eve@x' }, create: { email: 'eve@x' }, update: {} }),
        await prisma.user.upsert({
          where: { email: 'eve@x' },
          create: { email: 'eve@x' },
          update: { name: 'Eve' },
        }),
      ],
      returned:
        engine === 'postgres' &&
        (await prisma.tag.createManyAndReturn({ data: [{ word: 'x' }, { word: 'y' }] })),
      skipped: await prisma.tag.createMany({
        data: [{ word: 'math' }, { word: 'new' }],
        skipDuplicates: true,
      }),
      deleted: await prisma.user.delete({ where: { id: 3 } }),
      deletedMany: await prisma.tag.deleteMany({ where: { word: 'new' } }),
      counted: [await prisma.user.count(), await prisma.user.count({ where: { name: { not: null } } })],
    }
  },

  'reads and writes through relations': async ({ open }) => {
    const prisma = open()
    await blog(prisma)
    const include = {
      posts: { include: { tags: { orderBy: { word: 'asc' } } }, orderBy: { id: 'asc' } },
      profile: true,
    } as const
    return {
      included: await prisma.user.findMany({ include, ...byId }),
      some: await prisma.user.findMany({ where: { posts: { some: { tags: { some: { word: 'steam' } } } } } }),
      every: await prisma.user.findMany({ where: { posts: { every: { views: { gt: 1 } } } }, ...byId }),
      ofRelation: await prisma.user.findUniqueOrThrow({ where: { id: 1 } }).posts({ ...byId }),
      nested: await prisma.user.update({
        where: { id: 1 },
        data: {
          profile: { update: { bio: 'counts more' } },
          posts: {
            create: { title: 'Third' },
            update: {
              where: { id: 1 },
              data: { title: 'Engines II', tags: { disconnect: { word: 'steam' } } },
            },
            delete: { id: 2 },
          },
        },
        include,
      }),
      connected: await prisma.post.create({
        data: { title: 'By Bob', author: { connect: { email: 'bob@example.org' } } },
        include: { author: true },
      }),
      aggregated: await prisma.post.aggregate({
        _sum: { views: true },
        _avg: { views: true },
        _max: { id: true },
        _count: true,
      }),
      grouped: await prisma.post.groupBy({
        by: ['authorId'],
        _count: { _all: true },
        orderBy: { authorId: 'asc' },
      }),
    }
  },

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
    const rows = await prisma.sample.findMany(byId)
    return {
      rows: rows.map((row) => ({ ...row, exact: String(row.exact) })),
      found: [
        await prisma.sample.count({ where: { big: data.big } }),
        await prisma.sample.count({ where: { moment: { lte: data.moment } } }),
        await prisma.sample.count({ where: { exact: data.exact } }),
        await prisma.sample.count({ where: { flag: true, text: data.text } }),
      ],
    }
  },

  'reports errors by code': async ({ open }) => {
    const prisma = open()
    await blog(prisma)
    return {
      P2002: await failureOf(() => prisma.user.create({ data: { email: 'ada@example.org' } })),
      P2003: await failureOf(() => prisma.post.create({ data: { title: 'orphan', authorId: 99 } })),
      P2003_delete: await failureOf(() => prisma.user.delete({ where: { id: 1 } })),
      P2025: await failureOf(() => prisma.user.update({ where: { id: 99 }, data: { name: 'x' } })),
      P2025_delete: await failureOf(() => prisma.user.delete({ where: { id: 99 } })),
      P2025_find: await failureOf(() => prisma.user.findUniqueOrThrow({ where: { id: 99 } })),
      P2000: await failureOf(() => prisma.user.create({ data: { email: 'x'.repeat(200) } })),
      P2014: await failureOf(() =>
        prisma.user.update({ where: { id: 1 }, data: { profile: { disconnect: true } } as object }),
      ),
      P2010: await failureOf(() => prisma.$queryRaw`SELEKT 1`),
      P2021: await failureOf(async () => {
        await prisma.$executeRawUnsafe(`DROP TABLE ${await quoted(prisma, 'Sample')}`)
        return prisma.sample.findMany()
      }),
      validation: await failureOf(() => prisma.user.create({ data: Object({ nothing: 1 }) })),
    }
  },
}

/** The name in the engine's quotes. This asks the server, because a client doesn't know its engine. */
async function quoted(prisma: Client, name: string): Promise<string> {
  const [row] = await prisma.$queryRaw<{ version: string }[]>`SELECT version() AS version`
  return row?.version.startsWith('PostgreSQL') ? `"${name}"` : `\`${name}\``
}
