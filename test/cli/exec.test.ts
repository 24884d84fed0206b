// `rds-iam exec`: any command logs in through a local proxy, without getting a token.
import { once } from 'node:events'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ChildOptions, type Ended, ended } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'
import { mysqlClient, withoutWarning } from '../support/mysql-client.ts'
import { useLocalRds, verdictsOf } from '../support/rds.ts'

/** An RDS endpoint, at the end of a tunnel. */
const HOST = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const sessionToken = 'IQoJ/+='.repeat(600)
const key = { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'seen-by-the-gate-alone', sessionToken }

const cli = usePackedCli()
const postgres = useLocalRds({ engine: 'postgres', keys: [key], endpoint: { host: HOST, port: 5432 } })
const mysql = useLocalRds({ engine: 'mysql', keys: [key], endpoint: { host: HOST, port: 3306 } })
const engines = [
  ['postgres', postgres],
  ['mysql', mysql],
] as const

const all: Ended[] = []
async function exec(command: readonly string[], options: ChildOptions): Promise<Ended> {
  const end = await cli().run(['exec', '--', ...command], options)
  all.push(end)
  return end
}

afterAll(async () => {
  for (const { output, errors } of all) expect(output + errors).not.toMatch(/X-Amz-|IQoJ/)
  // Nothing is left on the disk.
  expect(await readdir(cli().temporary)).toEqual([])
})

const node = (program: string): string[] => ['node', '-e', program]
const printEnv = node('console.log(JSON.stringify(process.env))')

it.each([
  ['psql', postgres, ['psql', '-XAtc', 'SELECT 42'], '42\n'],
  [mysqlClient, mysql, [mysqlClient, '-Ne', 'SELECT 42, database()'], '42\tapp\n'],
  ['pg, from a URL', postgres, node(PG_PROGRAM()), 'iam_user\n'],
  ['mysql2, from a URL', mysql, node(MYSQL2_PROGRAM()), 'iam_user@%\n'],
  ['a shell that runs a shell', postgres, ['sh', '-c', 'sh -c "psql -XAtc \'SELECT 42\'"'], '42\n'],
])('lets %s log in, through a tunnel, with a session token of 4 KB', async (_, rds, command, output) => {
  const verdicts = await verdictsOf(rds(), async () => {
    const end = await exec(command, { env: rds().env })
    expect([end.code, end.output, withoutWarning(end.errors)]).toEqual([0, output, ''])
  })
  expect(verdicts).toMatchObject([{ admitted: true }])
})

function PG_PROGRAM(): string {
  return `
    const { Client } = require(${JSON.stringify(join(import.meta.dirname, '../node_modules/pg'))})
    const client = new Client(process.env.DATABASE_URL)
    client.connect()
      .then(() => client.query('SELECT current_user AS name'))
      .then(({ rows: [{ name }] }) => console.log(name))
      .finally(() => client.end())`
}

function MYSQL2_PROGRAM(): string {
  return `
    const mysql = require(${JSON.stringify(join(import.meta.dirname, '../node_modules/mysql2'))})
    const connection = mysql.createConnection(process.env.DATABASE_URL)
    connection.query('SELECT current_user() AS name', (error, rows) => {
      console.log(error ?? rows[0].name)
      connection.end()
    })`
}

it(`runs ${mysqlClient}, whatever the user has in ~/.my.cnf`, async () => {
  const lines = ['[client]', 'user=root', 'password=other', 'host=db.example']
  const tls = mysqlClient === 'mariadb' ? 'ssl-verify-server-cert' : 'ssl-mode=VERIFY_IDENTITY'
  const options = [...lines, tls, '[mysql]', 'skip-column-names']
  await writeFile(join(cli().home, '.my.cnf'), `${options.join('\n')}\n`)
  const { code, output, errors } = await exec([mysqlClient, '-e', 'SELECT database()'], { env: mysql().env })
  await rm(join(cli().home, '.my.cnf'))
  expect([code, output, withoutWarning(errors)]).toEqual([0, 'app\n', ''])
})

it.each([
  [
    'PostgreSQL',
    postgres,
    { PGSERVICE: 'elsewhere', PGHOSTADDR: '192.0.2.1', PGCHANNELBINDING: 'require', PGGSSENCMODE: 'require' },
    {
      DATABASE_URL: /^postgresql:\/\/iam_user:\S+@127\.0\.0\.1:\d+\/app\?sslmode=disable$/,
      PGHOST: /^127\.0\.0\.1$/,
      PGPORT: /^\d+$/,
      PGUSER: /^iam_user$/,
      PGDATABASE: /^app$/,
      PGPASSWORD: /^\S{20,}$/,
      PGSSLMODE: /^disable$/,
    },
  ],
  [
    'MySQL',
    mysql,
    { MYSQL_PWD: 'other', MYSQL_UNIX_PORT: '/tmp/mysql.sock' },
    {
      DATABASE_URL: /^mysql:\/\/iam_user:\S+@127\.0\.0\.1:\d+\/app$/,
      MYSQL_HOST: /^127\.0\.0\.1$/,
      MYSQL_TCP_PORT: /^\d+$/,
      MYSQL_USER: /^iam_user$/,
      MYSQL_PWD: /^\S{20,}$/,
      MYSQL_DATABASE: /^app$/,
    },
  ],
] as const)('sets the variables of clients of %s, none that conflicts, and no token', async (...row) => {
  const [, rds, others, wanted] = row
  const verdicts = await verdictsOf(rds(), async () => {
    const { output } = await exec(printEnv, { env: { ...rds().env, ...others } })
    const seen: Record<string, string> = JSON.parse(output.replaceAll(sessionToken, ''))
    const ours = Object.entries(seen).filter(([name]) => /^(PG|MYSQL|LIBMYSQL|DATABASE)/.test(name))
    expect(ours.map(([name]) => name).sort()).toEqual(Object.keys(wanted).sort())
    for (const [name, form] of Object.entries(wanted)) expect(seen[name]).toMatch(form)
  })
  expect(verdicts, 'nothing is dialled for a command that does not connect').toEqual([])
  all.pop() // the keys were in the environment before
})

it('adds no AWS keys to the environment of the command', async () => {
  const { output } = await exec(printEnv, { env: { ...postgres().env, AWS_SESSION_TOKEN: undefined } })
  expect(JSON.parse(output)).not.toHaveProperty('AWS_SESSION_TOKEN')
})

describe.each(engines)('on %s, reports why a command is rejected:', (engine, rds) => {
  const query = { postgres: ['psql', '-Xc', 'SELECT 1'], mysql: [mysqlClient, '-e', 'SELECT 1'] }[engine]
  const fail = async (env: Record<string, string>) => {
    const { code, errors } = await exec(query, { env: { ...rds().env, ...env } })
    expect(code).toBeGreaterThan(0)
    return errors
  }

  it('a server that is not trusted, which gets no token', async () => {
    const verdicts = await verdictsOf(rds(), async () => {
      expect(await fail({ NODE_EXTRA_CA_CERTS: '' })).toMatch(/^rds-iam: The token .* was withheld/m)
    })
    expect(verdicts).toMatchObject([{ reason: 'tls-failed' }])
  })

  it('a rejected login', async () => {
    const errors = await fail({ AWS_SECRET_ACCESS_KEY: 'another' })
    expect(errors).toMatch(/PAM authentication failed|Access denied/)
    expect(errors, 'with the explanation').toMatch(/IAM login of iam_user at /)
  })
})

describe('ends', () => {
  const env = () => postgres().env

  it('with the status of the command', async () => {
    const { code, errors } = await exec(node('process.exit(7)'), { env: env() })
    expect([code, errors]).toEqual([7, ''])
  })

  it('when the command ends after a signal', async () => {
    const program = `process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('ready')`
    const child = cli().start(['exec', '--', ...node(program)], { env: env() })
    const end = ended(child)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await end).toMatchObject({ code: 5, signal: null })
  })

  it('with the signal that ended the command', async () => {
    const program = `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`
    const { code, signal } = await exec(node(program), { env: env() })
    expect([code, signal]).toEqual([null, 'SIGTERM'])
  })
})
