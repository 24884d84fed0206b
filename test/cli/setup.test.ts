import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { usePackedCli } from '../support/cli.ts'
import { sharedServer } from '../support/shared.ts'

const INSTANCE = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const PROXY = 'pool.proxy-c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const MYSQL_URL = `mysql://jane_doe@${INSTANCE}/app`
const known = ['--account', '123456789012', '--resource-id', 'db-ABC']

const cli = usePackedCli()

describe('rds-iam setup', () => {
  it('prints SQL, how to enable IAM login, and the policy', async () => {
    const { code, output, errors } = await cli().run(['setup', MYSQL_URL, ...known])
    expect([code, errors]).toEqual([0, ''])
    expect(output).toContain(`CREATE USER 'jane_doe'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`)
    expect(output).toContain(
      'modify-db-instance --db-instance-identifier db --enable-iam-database-authentication',
    )
    expect(output).toContain('"arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABC/jane_doe"')
  })

  it.each([
    ['cn-north-1', 'db.abc.rds.cn-north-1.amazonaws.com.cn', 'aws-cn'],
    ['us-gov-west-1', 'db.abc.us-gov-west-1.rds.amazonaws.com', 'aws-us-gov'],
  ])('prints the ARNs of %s', async (region, host, partition) => {
    const { output } = await cli().run([
      'setup',
      `mysql://jane_doe@${host}/app`,
      ...known,
      '--format',
      'policy',
    ])
    expect(JSON.parse(output).Statement[0].Resource).toBe(
      `arn:${partition}:rds-db:${region}:123456789012:dbuser:db-ABC/jane_doe`,
    )
  })

  it('shows how to find missing values', async () => {
    const { code, output, errors } = await cli().run(['setup', MYSQL_URL])
    expect([code, output]).toEqual([2, ''])
    expect(errors).toMatch(/^rds-iam: --account is missing; .*aws sts get-caller-identity/m)
    expect(errors).toMatch(
      /^rds-iam: --resource-id is missing; .*describe-db-instances --db-instance-identifier db/m,
    )
  })

  it.each(['jane*', 'jan?', 'jane$' + '{aws:username}'])(
    'warns about a user name that is a pattern in a policy: %s',
    async (user) => {
      const args = ['setup', '--engine', 'mysql', '--host', INSTANCE, '--user', user, ...known]
      const { code, output, errors } = await cli().run(args)
      expect(code).toBe(0)
      expect(output).toContain(`:dbuser:db-ABC/${user}"`)
      expect(errors).toMatch(/^rds-iam: the policy for --user .* also allows other users: .*\n$/)
      // The SQL works.
      expect(await cli().run([...args, '--format', 'sql'])).toMatchObject({ code: 0, errors: '' })
    },
  )
})

describe('its SQL', () => {
  /** Removes the comments. */
  async function sqlFor(url: string, ...args: string[]): Promise<string[]> {
    const { code, output, errors } = await cli().run(['setup', url, ...args, '--format', 'sql'])
    expect([code, errors]).toEqual([0, ''])
    return output.split('\n').filter((line) => line !== '' && !line.startsWith('--'))
  }

  /** Runs it on a real PostgreSQL. Returns whether the user is then in rds_iam. */
  async function inRdsIam(user: string, statements: readonly string[]): Promise<boolean> {
    const { host, port, password } = await sharedServer('postgres')
    const client = new pg.Client({ host, port, user: 'postgres', password, database: 'postgres' })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
      const { rows } = await client.query("SELECT pg_has_role($1, 'rds_iam', 'member') AS member", [user])
      return rows[0].member
    } finally {
      await client.end()
    }
  }

  it('prepares a PostgreSQL user for tokens', async () => {
    const user = 'o"brien\\'
    expect(await inRdsIam(user, await sqlFor(`postgres://${encodeURIComponent(user)}@${INSTANCE}`))).toBe(
      true,
    )
  })

  it('keeps the password of a user behind RDS Proxy', async () => {
    expect(await inRdsIam('pooled', await sqlFor(`postgres://pooled@${PROXY}`))).toBe(false)
    const { output } = await cli().run(['setup', `postgres://pooled@${PROXY}`, '--format', 'sql'])
    expect(output).toMatch(/^-- Do not use GRANT rds_iam TO "pooled" here: it disables that password/m)
    const [create, grant] = await sqlFor(`mysql://pooled@${PROXY}/app`)
    expect(create).toBe(`CREATE USER 'pooled'@'%' IDENTIFIED BY 'PASSWORD';`)
    expect(grant).toBe("GRANT SELECT, INSERT, UPDATE, DELETE ON `app`.* TO 'pooled'@'%';")
  })

  it('gives a MySQL user access to the named database, and to none with a similar name', async () => {
    const { host, port, password } = await sharedServer('mysql')
    const admin = await createConnection({ host, port, user: 'master', password })
    for (const name of ['my_app', 'myxapp']) await admin.query(`CREATE DATABASE ${name}`)
    await admin.query("CREATE USER jane@'%' IDENTIFIED BY 'secret'")
    const [, , grant = ''] = await sqlFor(`mysql://jane@${INSTANCE}/my_app`)
    await admin.query(grant)
    await admin.end()
    const jane = await createConnection({ host, port, user: 'jane', password: 'secret', database: 'my_app' })
    await expect(jane.query('USE myxapp')).rejects.toThrow(/Access denied/)
    await jane.end()
  })
})
