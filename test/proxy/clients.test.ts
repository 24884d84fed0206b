// Real clients of both engines through the proxy. Each runs a query, is refused with a wrong password, and cancels a
// statement. `npm run test:long` installs those that come from Debian, and downloads the client of MySQL 9.
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LocalRds, startLocalRds } from '@rds-iam/local'
import { type IamProxy, startProxy } from '@rds-iam/proxy'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import postgresJs from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { postgresRecipe } from '../../packages/local/src/servers/postgres-server.ts'
import { freePort, type Server, startServer } from '../../packages/local/src/servers/server.ts'
import { realMysql } from '../../scripts/real-mysql.mjs'
import { type Ended, ended, outputOf, run, start } from '../support/child.ts'
import { newFolder, useFolder } from '../support/folder.ts'
import { enter, useLocalRds } from '../support/rds.ts'

const users = ['jane_doe']
const servers = { postgres: useDebianPostgres(), mysql: useLocalRds({ engine: 'mysql', users }) }

/** Debian's server, because its pg_dump refuses a newer one. */
function useDebianPostgres(): () => LocalRds {
  let server: Server | undefined
  let rds: LocalRds | undefined
  beforeAll(async () => {
    const newest = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort().at(-1) : ''
    const program = (name: string): string => `/usr/lib/postgresql/${newest}/bin/${name}`
    if (!existsSync(program('postgres')))
      throw new Error('postgresql is missing: run npm run test:long, or see scripts/clients.mjs')
    const recipe = await postgresRecipe({ users, database: 'app' })
    server = await startServer({
      ...recipe,
      async plan(folder, port) {
        const plan = await recipe.plan(folder, port)
        return {
          ...plan,
          prepare: plan.prepare.map((step) => ({ ...step, command: program('initdb') })),
          server: { command: program('postgres'), args: plan.server.args.map(inPostgres15) },
        }
      },
    })
    const upstream = `postgres://jane_doe:${server.password}@${server.host}:${server.port}/app`
    rds = await startLocalRds({ engine: 'postgres', users, upstream })
  })
  afterAll(async () => {
    await rds?.stop()
    await server?.stop()
  })
  return () => rds ?? expect.unreachable()
}

const PROGRAMS = join(import.meta.dirname, 'programs')
/** Debian's Python, because it has Debian's modules. */
const PYTHON = '/usr/bin/python3'
/** Never ends by itself. */
const ENDLESS = 'SELECT count(*) FROM seq_1_to_100000000 a, seq_1_to_100000000 b'

/** PostgreSQL 15 doesn't have this setting, but accepts any setting of an extension. */
function inPostgres15(argument: string): string {
  return argument.replace(/\bscram_iterations=/, 'later.scram_iterations=')
}

async function proxyTo(engine: keyof typeof servers): Promise<IamProxy> {
  enter(servers[engine]())
  const proxy = await startProxy()
  onTestFinished(() => proxy.stop())
  return proxy
}

type Variables = Readonly<Record<string, string | undefined>>

/** The proxy's variables for the client, possibly with another password. */
function variables({ env, url }: IamProxy, password?: string): Variables {
  if (password === undefined) return env
  const other = new URL(url)
  other.password = password
  const name = url.startsWith('mysql:') ? 'MYSQL_PWD' : 'PGPASSWORD'
  return { ...env, DATABASE_URL: other.href, [name]: password }
}

/** Resolves once a session of PostgreSQL matches `where`. */
async function untilOnPostgres(proxy: IamProxy, where: string): Promise<void> {
  const client = new pg.Client(proxy.url)
  await client.connect()
  const sql = `SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${where}`
  while ((await client.query(sql)).rowCount === 0);
  await client.end()
}

/** Resolves with the ID of the MySQL session that runs a statement like this. */
async function untilOnMysql(proxy: IamProxy, statement: string): Promise<number> {
  const connection = await createConnection(proxy.url)
  const sql = 'SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND info LIKE ?'
  for (;;) {
    const [[row]] = await connection.query<RowDataPacket[]>(sql, [statement])
    if (row === undefined) continue
    await connection.end()
    return row.id
  }
}

describe('programs for PostgreSQL', () => {
  const psql = (...args: string[]) => ['psql', '-XAt', ...args] as const
  beforeAll(async () => {
    enter(servers.postgres())
    await using proxy = await startProxy()
    const script = 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (42)'
    await outputOf('psql', ['-Xqc', script], { env: proxy.env })
    // Makes the tables that pgbench -C runs on.
    await outputOf('pgbench', ['-iq'], { env: proxy.env })
  })

  it.each<[string, readonly string[], RegExp]>([
    ['psql', psql('-c', 'SELECT current_user'), /^jane_doe\n$/],
    ['pg_dump', ['pg_dump', '-t', 'kept'], /COPY public\.kept .*\n42\n/],
    ['pgbench -C', ['pgbench', '-Cn', '-t', '10', '-c', '2'], /actually processed: 20\/20\n/],
    ['psycopg2', [PYTHON, join(PROGRAMS, 'psycopg2_client.py'), 'query'], /^jane_doe\n$/],
  ])('%s does a query, and is refused with a wrong password', async (_, [program = '', ...args], output) => {
    const proxy = await proxyTo('postgres')
    const good = await run(program, args, { env: variables(proxy) })
    expect([good.code, good.errors.replace(/^pgbench.*\n/gm, '')]).toEqual([0, ''])
    expect(good.output).toMatch(output)
    const wrong = await run(program, args, { env: variables(proxy, 'wrong-password') })
    expect(wrong.code).not.toBe(0)
    expect(wrong.errors).toMatch(/password authentication failed for user "jane_doe"/)
  })

  /** Starts a program, waits until its statement is under way, and interrupts it as Ctrl-C does. */
  async function interrupted(program: string, args: readonly string[], where: string): Promise<Ended> {
    const proxy = await proxyTo('postgres')
    const child = start(program, args, { env: proxy.env })
    const end = ended(child)
    await untilOnPostgres(proxy, where)
    child.kill('SIGINT')
    return end
  }

  it('psql cancels its statement', async () => {
    const { errors } = await interrupted('psql', ['-Xc', 'SELECT pg_sleep(60)'], `query ~ '^SELECT pg_sleep'`)
    expect(errors).toMatch(/canceling statement due to user request/)
  })

  it.each([
    ['pg_dump', ['-t', 'kept'], 'LOCK TABLE kept'],
    ['pgbench', ['-i'], 'LOCK TABLE pgbench_accounts'],
  ])('%s cancels its statement', async (program, args, lock) => {
    const proxy = await proxyTo('postgres')
    const holder = new pg.Client(proxy.url)
    await holder.connect()
    await holder.query(`BEGIN; ${lock}`)
    const { code, signal } = await interrupted(program, args, `wait_event_type = 'Lock'`)
    expect([code, signal]).not.toEqual([0, null])
    // The server no longer waits on its behalf.
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
    while ((await holder.query(waiting)).rowCount !== 0);
    await holder.end()
  })

  it('psycopg2 cancels its statement', async () => {
    const { env } = await proxyTo('postgres')
    const args = [join(PROGRAMS, 'psycopg2_client.py'), 'cancel']
    expect(await outputOf(PYTHON, args, { env })).toBe('57014')
  })

  it('pg does all three', async () => {
    const proxy = await proxyTo('postgres')
    const wrong = new pg.Client(variables(proxy, 'wrong-password').DATABASE_URL)
    await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' })
    const client = new pg.Client(proxy.url)
    await client.connect()
    const statement = client.query('SELECT pg_sleep(60)')
    const cancelled = expect(statement).rejects.toMatchObject({ code: '57014' })
    await untilOnPostgres(proxy, `query ~ '^SELECT pg_sleep'`)
    // The driver's types don't contain the client's session key.
    const { processID, secretKey }: { processID?: number; secretKey?: number } = Object(client)
    const canceller = new pg.Client(proxy.url)
    const { connection }: { connection?: Canceller } = Object(canceller)
    connection?.on('connect', () => connection.cancel(processID, secretKey))
    connection?.connect(proxy.port, proxy.host)
    await cancelled
    expect((await client.query('SELECT current_user AS name')).rows).toEqual([{ name: 'jane_doe' }])
    await client.end()
  })

  it('postgres.js does all three', async () => {
    const proxy = await proxyTo('postgres')
    const wrong = postgresJs(String(variables(proxy, 'wrong-password').DATABASE_URL))
    await expect(wrong`SELECT 1`).rejects.toMatchObject({ code: '28P01' })
    await wrong.end()
    const sql = postgresJs(proxy.url)
    expect(await sql`SELECT current_user AS name`).toEqual([{ name: 'jane_doe' }])
    const statement = sql`SELECT pg_sleep(60)`
    const cancelled = expect(statement).rejects.toMatchObject({ code: '57014' })
    await untilOnPostgres(proxy, `query ~ 'pg_sleep' AND state = 'active'`)
    statement.cancel()
    await cancelled
    await sql.end()
  })
})

/** The part of pg that speaks the protocol. It has no types. */
interface Canceller {
  on(event: 'connect', listener: () => void): void
  connect(port: number, host: string): void
  cancel(processId: number | undefined, secretKey: number | undefined): void
}

describe('programs for MySQL', () => {
  beforeAll(async () => {
    enter(servers.mysql())
    await using proxy = await startProxy()
    const connection = await createConnection(proxy.url)
    await connection.query('CREATE TABLE kept (id int)')
    await connection.query('INSERT INTO kept VALUES (42)')
    await connection.end()
  })

  /** Flags for what MySQL's own clients don't read from the environment. */
  const flags = ({ env }: IamProxy, ...more: readonly string[]): string[] => [
    `--host=${env.MYSQL_HOST}`,
    `--user=${env.MYSQL_USER}`,
    ...more,
  ]
  const python = (driver: string) => (_: IamProxy, act: string) => [
    join(PROGRAMS, 'mysql_client.py'),
    driver,
    act,
  ]

  it.each<[string, string, (proxy: IamProxy, act: string) => readonly string[], RegExp]>([
    ['mariadb', 'mariadb', (proxy) => flags(proxy, '-Ne', 'SELECT current_user()', 'app'), /^jane_doe@%\n$/],
    [
      'mysqldump',
      'mysqldump',
      (proxy) => flags(proxy, '--single-transaction', '--no-tablespaces', 'app', 'kept'),
      /INSERT INTO `kept` VALUES\s\(42\)/,
    ],
    ['PyMySQL', PYTHON, python('pymysql'), /^jane_doe@%\n$/],
    ['mysqlclient', PYTHON, python('MySQLdb'), /^jane_doe@%\n$/],
  ])('%s does a query, and is refused with a wrong password', async (_, program, args, output) => {
    const proxy = await proxyTo('mysql')
    const good = await run(program, args(proxy, 'query'), { env: variables(proxy) })
    expect([good.code, good.errors]).toEqual([0, ''])
    expect(good.output).toMatch(output)
    const wrong = await run(program, args(proxy, 'query'), { env: variables(proxy, 'wrong-password') })
    expect(wrong.code).not.toBe(0)
    expect(wrong.errors).toMatch(/1045/)
  })

  it('mariadb cancels its statement', async () => {
    const proxy = await proxyTo('mysql')
    const child = start('mariadb', flags(proxy, '-Ne', ENDLESS, 'app'), { env: proxy.env })
    const end = ended(child)
    await untilOnMysql(proxy, 'SELECT count%')
    child.kill('SIGINT')
    expect((await end).errors).toMatch(/interrupted|killed/i)
  })

  it("MySQL 9's mysql does all three", async () => {
    const mysql = join(await realMysql(), 'mysql')
    const proxy = await proxyTo('mysql')
    const query = flags(proxy, '-Ne', 'SELECT current_user()', 'app')
    expect(await run(mysql, query, { env: variables(proxy) })).toMatchObject({
      code: 0,
      output: 'jane_doe@%\n',
      errors: '',
    })
    const wrong = await run(mysql, query, { env: variables(proxy, 'wrong-password') })
    expect(wrong).toMatchObject({ code: 1, errors: expect.stringContaining('ERROR 1045 (28000)') })
    const child = start(mysql, flags(proxy, '-Ne', ENDLESS, 'app'), { env: proxy.env })
    const end = ended(child)
    await untilOnMysql(proxy, 'SELECT count%')
    child.kill('SIGINT')
    expect((await end).errors).toMatch(/^ERROR 1317 \(70100\)/)
  })

  it("mysqldump's statement is cancelled by another session", async () => {
    const proxy = await proxyTo('mysql')
    const holder = await createConnection(proxy.url)
    await holder.query('LOCK TABLES kept WRITE')
    const child = start('mysqldump', flags(proxy, '--no-tablespaces', 'app', 'kept'), { env: proxy.env })
    const end = ended(child)
    await holder.query(`KILL QUERY ${await untilOnMysql(proxy, 'LOCK TABLES%')}`)
    expect((await end).errors).toMatch(/1317|interrupted/)
    await holder.end()
  })

  it.each(['pymysql', 'MySQLdb'])('%s cancels its statement', async (driver) => {
    const { env } = await proxyTo('mysql')
    expect(await outputOf(PYTHON, [join(PROGRAMS, 'mysql_client.py'), driver, 'cancel'], { env })).toBe(
      '1317',
    )
  })

  it('mysql2 does all three', async () => {
    const proxy = await proxyTo('mysql')
    const url = String(variables(proxy, 'wrong-password').DATABASE_URL)
    await expect(createConnection(url)).rejects.toMatchObject({ errno: 1045 })
    const connection = await createConnection(proxy.url)
    const [[row]] = await connection.query<RowDataPacket[]>('SELECT connection_id() AS id')
    expect(row?.id, 'the real id').toBe(connection.threadId)
    const cancelled = expect(connection.query(ENDLESS)).rejects.toMatchObject({ errno: 1317 })
    const other = await createConnection(proxy.url)
    await untilOnMysql(proxy, 'SELECT count%')
    await other.query(`KILL QUERY ${connection.threadId}`)
    await cancelled
    await Promise.all([other.end(), connection.end()])
  })
})

describe.each([
  ['PostgreSQL', 'postgres', 'postgresql', '?sslmode=disable', 'SELECT pg_sleep(60)', /^57014 /],
  ['MariaDB', 'mysql', 'mariadb', '', ENDLESS, /^(70100|HY\w+) .*(timed out|timeout|interrupted)/],
] as const)("%s's JDBC driver", (_, engine, scheme, query, slow, cancelled) => {
  const jar = `/usr/share/java/${engine === 'postgres' ? 'postgresql' : 'mariadb-java-client'}.jar`

  async function java(proxy: IamProxy, act: string, password = new URL(proxy.url).password): Promise<string> {
    if (!existsSync(jar))
      throw new Error(`${jar} is missing: run npm run test:long, or see scripts/clients.mjs`)
    const url = `jdbc:${scheme}://${proxy.host}:${proxy.port}/app${query}`
    const args = ['-cp', jar, join(PROGRAMS, 'JdbcClient.java'), url, slow, act]
    return outputOf('java', args, { env: { JDBC_USER: 'jane_doe', JDBC_PASSWORD: password } })
  }

  it('does a query, is refused with a wrong password, and cancels its statement', async () => {
    const proxy = await proxyTo(engine)
    expect(await java(proxy, 'query')).toMatch(/^jane_doe(@%)?$/)
    expect(await java(proxy, 'query', 'wrong-password')).toMatch(/^28(P01|000) /)
    expect(await java(proxy, 'cancel')).toMatch(cancelled)
  })
})

describe("the programs in AWS's guide for Python, unchanged except for host, port and password,", () => {
  const folder = useFolder()
  beforeAll(async () => {
    // MySQL's own module isn't in Debian. PyMySQL takes the same arguments, except for the port as text.
    await mkdir(join(folder, 'mysql'))
    const connector = [
      'import pymysql',
      'def connect(port, **others):',
      '    return pymysql.connect(port=int(port), **others)',
    ]
    await writeFile(join(folder, 'mysql/connector.py'), connector.join('\n'))
    await writeFile(
      join(folder, 'credentials'),
      '[default]\naws_access_key_id = x\naws_secret_access_key = x\n',
    )
  })

  it.each([
    ['postgres', 'psycopg2', 'postgres', 'database=DBNAME, user=USR, password=token'],
    ['mysql', 'mysql.connector', 'app', 'user=USR, passwd=token, database=DBNAME'],
  ] as const)('log in to %s', async (engine, module, database, options) => {
    const { host, port, env, url } = await proxyTo(engine)
    const program = GUIDE.replaceAll('MODULE', module)
      .replace('OPTIONS', options)
      .replace('HOST', host)
      .replace('PORT_NUMBER', String(port))
      .replace('DATABASE', database)
      .replace('TOKEN', new URL(url).password)
    const own = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_DEFAULT_REGION: 'us-east-1' }
    const output = await outputOf(PYTHON, ['-c', program], {
      env: { ...own, PYTHONPATH: folder, PGSSLMODE: env.PGSSLMODE },
    })
    expect(output).toMatch(/^[[(]{2}datetime\.datetime\(/)
  })
})

// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.Python.html
const GUIDE = `
import MODULE
import sys
import boto3
import os

ENDPOINT="HOST"
PORT="PORT_NUMBER"
USR="jane_doe"
REGION="us-east-1"
DBNAME="DATABASE"
os.environ['LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN'] = '1'

#gets the credentials from .aws/credentials
session = boto3.Session(profile_name='default')
client = boto3.client('rds')

token = "TOKEN"

try:
    conn = MODULE.connect(host=ENDPOINT, port=PORT, OPTIONS)
    cur = conn.cursor()
    cur.execute("""SELECT now()""")
    query_results = cur.fetchall()
    print(query_results)
except Exception as e:
    print("Database connection failed due to {}".format(e))
`

describe('pgbouncer', () => {
  it('pools connections in front of the proxy', async () => {
    const proxy = await proxyTo('postgres')
    const folder = newFolder()
    const listening = await freePort()
    const { hostname, port, username, password } = new URL(proxy.url)
    const config = [
      '[databases]',
      `app = host=${hostname} port=${port} user=${username} password=${password}`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1`,
      `listen_port = ${listening}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      'default_pool_size = 3',
    ]
    const file = join(folder, 'pgbouncer.ini')
    await writeFile(file, config.join('\n'))
    await chmod(folder, 0o755)
    // It does not run as root.
    const args = process.getuid?.() === 0 ? ['-u', 'nobody', file] : [file]
    const pgbouncer = start('/usr/sbin/pgbouncer', args)
    const end = ended(pgbouncer)
    onTestFinished(async () => {
      pgbouncer.kill('SIGKILL')
      await end
    })
    const pool = new pg.Pool({ host: '127.0.0.1', port: listening, user: 'any', database: 'app', max: 20 })
    await vi.waitUntil(() => pool.query('SELECT 1').catch(() => false), { timeout: 30_000 })
    let most = 0
    const query = async (): Promise<string> => {
      const { rows } = await pool.query('SELECT current_user AS name FROM pg_sleep(0.01)')
      most = Math.max(most, proxy.connections)
      return rows[0].name
    }
    const names = await Promise.all(Array.from({ length: 100 }, query))
    expect(new Set(names)).toEqual(new Set(['jane_doe']))
    expect(most).toBe(3)
    await pool.end()
  })
})
