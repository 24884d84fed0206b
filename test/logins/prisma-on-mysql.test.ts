// How Prisma connects on MySQL: how it reports a rejected first login, as Prisma's own adapter does on PostgreSQL, and what
// is left afterwards.
import { expect, it } from 'vitest'
import { outputOf, typescript } from '../support/child.ts'
import { useLocalRds } from '../support/rds.ts'

const rds = useLocalRds({ engine: 'mysql' })

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
