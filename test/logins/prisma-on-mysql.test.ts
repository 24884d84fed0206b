// How Prisma connects on MySQL: how it reports a rejected first login, as Prisma's own adapter does on PostgreSQL, and what
// is left afterwards.
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { expect, it, onTestFinished, vi } from 'vitest'
import { PrismaClient } from '../../examples/prisma/generated/mysql/client.ts'
import { outputOf, typescript } from '../support/child.ts'
import { enter, useLocalRds } from '../support/rds.ts'
import { startSwitch } from '../support/tcp-switch.ts'

const known = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const rds = useLocalRds({ engine: 'mysql', keys: [known] })

it("reports P1000 with the server's message and the explanation to $connect() and queries, and lets the process end", async () => {
  const program = typescript('test/support/programs/prisma-rejected.ts')
  const output = await outputOf(process.execPath, program, { env: rds().env })
  const [connected, ...queries] = output.split('\n').map((line) => JSON.parse(line))
  const rejection = {
    code: 'P1000',
    message: expect.stringMatching(
      /Access denied for user[\s\S]*IAM login of iam_user[\s\S]*npx rds-iam doctor/,
    ),
    driver: { cause: { kind: 'AuthenticationFailed', user: 'iam_user', originalCode: '1045' } },
  }
  expect(connected).toMatchObject(rejection)
  expect(queries).toHaveLength(2)
  for (const query of queries)
    expect(query).toMatchObject({ ...rejection, name: 'PrismaClientKnownRequestError' })
})

it('leaves Node.js tracking nothing once it has connected', async () => {
  const program = typescript('test/support/programs/prisma-connected.ts')
  expect(await outputOf(process.execPath, program, { env: rds().env })).toBe('nothing is tracked')
})

it("asks for the server's version once, and reports a login that is rejected later as P1000 at once", async () => {
  enter(rds())
  const statements: string[] = []
  let accessKeyId = known.accessKeyId
  const adapter = iamMariaDb({
    credentials: async () => ({ ...known, accessKeyId }),
    logger: { query: (message) => statements.push(message) },
    acquireTimeout: 3_600_000,
  })
  const query = async (): Promise<unknown> => {
    const prisma = new PrismaClient({ adapter })
    try {
      return await prisma.$queryRaw`SELECT 1`
    } finally {
      await prisma.$disconnect()
    }
  }
  await query()
  await query()
  expect(statements.filter((statement) => /version\(\)/i.test(statement))).toHaveLength(1)
  accessKeyId = 'AKIANEVERHEARDOF0001'
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
  onTestFinished(() => void vi.useRealTimers())
  await expect(query()).rejects.toMatchObject({ code: 'P1000' })
})

it("asks for the server's version again if it could not be reached", async () => {
  enter(rds())
  const way = await startSwitch(1) // nothing listens there
  onTestFinished(() => way.stop())
  const statements: string[] = []
  const adapter = iamMariaDb({
    credentials: known,
    via: `127.0.0.1:${way.port}`,
    logger: { query: (message) => statements.push(message) },
    acquireTimeout: 500,
  })
  await (await adapter.connect()).dispose()
  way.leadsTo = rds().port
  await (await adapter.connect()).dispose()
  expect(statements.filter((statement) => /version\(\)/i.test(statement))).toHaveLength(1)
})
