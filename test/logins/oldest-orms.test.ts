// The oldest supported versions of the ORMs, on the oldest drivers that each of them works with.
import type { IamTarget } from '@rds-iam/core'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import { describe, expect, it, vi } from 'vitest'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { testLogins, using } from '../support/stack-tests.ts'
import { ormStacks, statements } from '../support/stacks.ts'
import { oldestAdapters, oldestOrms } from './oldest/orms.ts'

vi.mock('@prisma/adapter-pg', async () => (await import('./oldest/orms.ts')).oldestAdapters.prismaPg)
vi.mock(
  '@prisma/adapter-mariadb',
  async () => (await import('./oldest/orms.ts')).oldestAdapters.prismaMariaDb,
)

const known = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const unknown = { ...known, accessKeyId: 'AKIANEVERHEARDOF0001' }
const servers = useServers({ keys: [known] })

it('runs the adapters of Prisma 6.19', () => {
  enter(servers.postgres())
  expect(iamPg()).toBeInstanceOf(oldestAdapters.prismaPg.PrismaPg)
  enter(servers.mysql())
  expect(iamMariaDb()).toBeInstanceOf(oldestAdapters.prismaMariaDb.PrismaMariaDb)
})

describe.each(ormStacks(oldestOrms))('the oldest $name', (stack) => {
  const rds = () => servers[stack.engine]()
  const query = (target: IamTarget): Promise<void> =>
    using(stack, rds(), 1, async (db) => void (await db.query(statements[stack.engine].user)), target)
  testLogins(stack, rds)

  it('explains a rejected login', async () => {
    const error = await query({ credentials: unknown }).catch((thrown: unknown) => String(thrown))
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
    const login = () => query({ ...other, via: `127.0.0.1:${port}` })
    const verdicts = await verdictsOf(rds(), () => expect(login()).rejects.toThrow(/certificate|altnames/i))
    expect(verdicts.filter(({ keyId }) => keyId !== undefined)).toEqual([])
  })
})
