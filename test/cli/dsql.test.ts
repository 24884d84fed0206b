// The command line with an Aurora DSQL cluster.
import { describe, expect, it } from 'vitest'
import { usePackedCli } from '../support/cli.ts'
import { useLocalRds, verdictsOf } from '../support/rds.ts'

const ID = '4iabtwz7ezqwk5ugp6n2abcdef'
const HOST = `${ID}.dsql.us-east-1.on.aws`

const cli = usePackedCli()
const rds = useLocalRds({ engine: 'postgres', endpoint: { host: HOST }, users: ['admin', 'jane_doe'] })

/** The user's environment besides the target: keys, and the address of the gate. */
function environment(): Record<string, string> {
  const { DATABASE_URL: _url, PGHOST: _host, PGUSER: _user, PGDATABASE: _database, ...env } = rds().env
  return env
}

describe.each(['admin', 'jane_doe'])('%s', (user) => {
  const target = ['--host', HOST, '--user', user]

  it('gets a token without port and user', async () => {
    const { code, output, errors } = await cli().run(['token', ...target], { env: environment() })
    expect([code, errors]).toEqual([0, ''])
    const action = user === 'admin' ? 'DbConnectAdmin' : 'DbConnect'
    expect(output).toMatch(new RegExp(`^${HOST.replaceAll('.', '\\.')}/\\?Action=${action}&X-Amz-`))
    const explained = await cli().run(['token', '--decode', '-'], { env: {}, input: output })
    expect(explained.output).toMatch(
      new RegExp(`^endpoint {6}${HOST}\nuser {10}${user === 'admin' ? 'admin' : 'any except admin'}\n`),
    )
  })

  it('logs in with psql through exec, to the database postgres', async () => {
    const psql = ['psql', '-XAtc', 'SELECT current_user, current_database()']
    const verdicts = await verdictsOf(rds(), async () => {
      const end = await cli().run(['exec', ...target, '--', ...psql], { env: environment() })
      expect([end.code, end.output, end.errors]).toEqual([0, `${user}|postgres\n`, ''])
    })
    expect(verdicts).toMatchObject([{ admitted: true, user }])
  })
})

describe('rds-iam setup', () => {
  const url = `postgres://jane_doe@${HOST}`
  const account = ['--account', '123456789012']

  it('prints the SQL and the policy, with the ID from the host name', async () => {
    const { code, output, errors } = await cli().run(['setup', url, ...account])
    expect([code, errors]).toEqual([0, ''])
    expect(output).toContain(`\nAWS IAM GRANT "jane_doe" TO 'arn:aws:iam::123456789012:role/ROLE';\n`)
    expect(output).toContain(`"Resource": "arn:aws:dsql:us-east-1:123456789012:cluster/${ID}"`)
  })

  it('grants the database role to the role to assume', async () => {
    const role = 'arn:aws:iam::123456789012:role/db-login'
    const { output } = await cli().run(['setup', url, '--role', role, '--format', 'sql'])
    expect(output).toBe(`CREATE ROLE "jane_doe" WITH LOGIN;\nAWS IAM GRANT "jane_doe" TO '${role}';\n`)
  })

  it("prints no SQL for admin, and allows admin's action", async () => {
    const args = ['setup', `postgres://admin@${HOST}`, ...account]
    const { output } = await cli().run([...args, '--format', 'policy'])
    expect(JSON.parse(output).Statement[0].Action).toBe('dsql:DbConnectAdmin')
    expect((await cli().run([...args, '--format', 'sql'])).output).toMatch(/^-- .*\n$/)
  })
})
