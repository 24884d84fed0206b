// The oldest supported versions of the ORMs, on the oldest drivers that each of them works with.
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import { describe, expect, it, vi } from 'vitest'
import { atOnce } from '../support/at-once.ts'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'
import { type Database, ormStacks, statements } from '../support/stacks.ts'
import { oldestAdapters, oldestOrms } from './oldest/orms.ts'

vi.mock('@prisma/adapter-pg', async () => (await import('./oldest/orms.ts')).oldestAdapters.prismaPg)
vi.mock(
  '@prisma/adapter-mariadb',
  async () => (await import('./oldest/orms.ts')).oldestAdapters.prismaMariaDb,
)

const known = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const unknown = { ...known, accessKeyId: 'AKIANEVERHEARDOF0001' }
const servers = {
  postgres: useLocalRds({ engine: 'postgres', keys: [known] }),
  mysql: useLocalRds({ engine: 'mysql', keys: [known] }),
}

it('runs the adapters of Prisma 6.19', () => {
  enter(servers.postgres())
  expect(iamPg()).toBeInstanceOf(oldestAdapters.prismaPg.PrismaPg)
  enter(servers.mysql())
  expect(iamMariaDb()).toBeInstanceOf(oldestAdapters.prismaMariaDb.PrismaMariaDb)
})

describe.each(ormStacks(oldestOrms))('the oldest $name', (stack) => {
  const sql = statements[stack.engine]
  const rds = () => servers[stack.engine]()

  async function using(
    max: number,
    act: (db: Database) => Promise<void>,
    target: Parameters<typeof stack.open>[0] = {},
  ): Promise<void> {
    enter(rds())
    const db = await stack.open(target, max)
    try {
      await act(db)
    } finally {
      await db.close()
    }
  }

  it('runs a query as the IAM user, logged in with a token', async () => {
    const verdicts = await verdictsOf(rds(), () =>
      using(1, async (db) => expect(await db.query(sql.user)).toEqual([{ user: 'iam_user' }])),
    )
    const tokens = verdicts.filter(({ keyId }) => keyId !== undefined) // another test's last connection had none
    expect(tokens.length).toBeGreaterThan(0)
    for (const verdict of tokens) expect(verdict).toMatchObject({ admitted: true, user: 'iam_user' })
  })

  it('opens 20 connections at once', async () => {
    await using(20, async (db) => {
      const ids = (await atOnce(stack, db, 20)).map((end) => end.status === 'fulfilled' && end.value)
      expect(new Set(ids).size).toBe(20)
      expect(ids).not.toContain(false)
    })
  })

  it('logs in again after the server has closed its connection', async () => {
    await using(1, async (db) => {
      const [before] = await db.query(sql.connectionId)
      await using(1, async (killer) => {
        await killer.query(sql.killOthers ?? `KILL ${before?.id}`).catch(() => {})
      })
      const [after] = await vi.waitFor(() => db.query(sql.connectionId), 30_000)
      expect(after?.id).not.toBe(before?.id)
    })
  })

  it('explains a rejected login', async () => {
    const query = using(1, async (db) => void (await db.query(sql.user)), { credentials: unknown })
    const error = await query.catch((thrown: unknown) => String(thrown))
    expect(error).toMatch(/PAM authentication failed for user|Access denied for user/)
    expect(error).toMatch(
      /IAM login of iam_user at localhost:\d+ \(us-east-1\), with a token signed by AKIA…0001 \d+ s ago\./,
    )
  })

  it('sends no token to a server with a certificate for another name', async () => {
    const { port } = rds()
    const other = {
      engine: stack.engine,
      host: 'db.example.com',
      port,
      user: 'iam_user',
      region: 'us-east-1',
    }
    const query = (): Promise<void> =>
      using(1, async (db) => void (await db.query(sql.user)), { ...other, via: `127.0.0.1:${port}` })
    const verdicts = await verdictsOf(rds(), () => expect(query()).rejects.toThrow(/certificate|altnames/i))
    expect(verdicts.filter(({ keyId }) => keyId !== undefined)).toEqual([])
  })
})
