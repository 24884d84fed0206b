// The database servers of a worker, which test files use one after another. A file gets them without what others have made:
// with the same users, and a new database `app`.
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import type { Recipe, Server } from '../../packages/local/src/servers/server.ts'
import type { Plan } from '../../packages/local/src/servers/supervisor.ts'

/** The users of all test files. Their password is the server's. */
const users = [
  ...['iam_user', 'jane_doe', 'joe', 'reporting', 'second_user', 'password_user'],
  ...['admin', 'master', 'somebody'],
]
const wanted = { users, database: 'app' }
/** The names in the servers' certificates. */
const names = ['localhost', 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'] as const

export interface SharedServer extends Omit<Server, 'stop'> {
  /** The URL for a local RDS in front of it. */
  readonly upstream: string
  /** A file with the root to trust. */
  readonly caFile: string
}

export async function startPostgres(folder: string) {
  // Loaded only here, because many runs need no server.
  const [{ postgresRecipe }, { startServer }] = await Promise.all([
    import('../../packages/local/src/servers/postgres-server.ts'),
    import('../../packages/local/src/servers/server.ts'),
  ])
  const { setUp, ...recipe } = await postgresRecipe(wanted)
  const server = await startServer(await withTls(recipe, folder, pgTls))
  const { host, port, password } = server
  const renew = async (): Promise<void> => {
    const client = new pg.Client({ host, port, user: 'postgres', password, database: 'postgres' })
    await client.connect()
    const namesIn = async (sql: string): Promise<string[]> =>
      (await client.query(sql)).rows.map(({ name }) => pg.escapeIdentifier(name))
    const databases = `SELECT datname AS name FROM pg_database WHERE datname !~ '^(postgres|template.)$'`
    for (const name of await namesIn(databases)) await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
    const roles = `SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^(postgres|pg_.*)$'`
    for (const name of await namesIn(roles)) await client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`)
    await client.end()
    await setUp?.(port)
  }
  return shared('postgres', server, renew, folder)
}

export async function startMysql(folder: string) {
  const [{ mysqlRecipe }, { findMysqlProgram }, { startServer }] = await Promise.all([
    import('../../packages/local/src/servers/mysql-server.ts'),
    import('../../packages/local/src/servers/mysql-programs.ts'),
    import('../../packages/local/src/servers/server.ts'),
  ])
  const program = await findMysqlProgram()
  if (!program) throw new Error('the tests need mysqld or mariadbd: apt-get install mariadb-server-core')
  const user = 'administrator'
  const recipe = mysqlRecipe(program, { users: [user], database: 'app' })
  const server = await startServer(await withTls(recipe, folder, mysqlTls))
  const { host, port, password } = server
  const renew = async (): Promise<void> => {
    const client = await createConnection({ host, port, user, password })
    const rowsOf = async (sql: string) => (await client.query<RowDataPacket[]>(sql))[0]
    const databases = `SELECT schema_name AS name FROM information_schema.schemata
      WHERE schema_name NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')`
    for (const { name } of await rowsOf(databases)) await client.query('DROP DATABASE ??', [name])
    const accounts = `SELECT user AS name, host AS place FROM mysql.user
      WHERE user NOT IN ('${user}', 'root') AND user NOT LIKE 'm%.%'`
    for (const { name, place } of await rowsOf(accounts)) await client.query('DROP USER ?@?', [name, place])
    await client.query('CREATE DATABASE app CHARACTER SET utf8mb4')
    await client.query('SET GLOBAL read_only = 0, GLOBAL max_connections = 1000')
    for (const name of users) {
      await client.query("CREATE USER ?@'%' IDENTIFIED BY ?", [name, password])
      await client.query("GRANT ALL PRIVILEGES ON *.* TO ?@'%' WITH GRANT OPTION", [name])
    }
    await client.end()
  }
  return shared('mysql', server, renew, folder)
}

const caFileIn = (folder: string): string => join(folder, 'ca.pem')

function shared(engine: string, server: Server, renew: () => Promise<void>, folder: string) {
  const { stop, ...others } = server
  const upstream = `${engine}://:${server.password}@${server.host}:${server.port}`
  const given: SharedServer = { ...others, upstream, caFile: caFileIn(folder) }
  return {
    stop,
    give: async () => {
      await renew()
      return given
    },
  }
}

interface Files {
  readonly cert: string
  readonly key: string
}
type Steps = Pick<Plan, 'prepare' | 'server'>

/** The settings go into the configuration that initdb writes, because on Windows pg_ctl starts the server. */
const pgTls = ({ prepare, server }: Steps, { cert, key }: Files): Steps => {
  const settings = ['ssl=on', `ssl_cert_file=${cert}`, `ssl_key_file=${key}`]
  const args = settings.flatMap((setting) => ['-c', setting])
  return { server, prepare: prepare.map((step) => ({ ...step, args: [...step.args, ...args] })) }
}

const mysqlTls = ({ prepare, server }: Steps, { cert, key }: Files): Steps => ({
  prepare,
  server: { ...server, args: [...server.args, `--ssl-cert=${cert}`, `--ssl-key=${key}`] },
})

/** As on RDS, where users can also log in with an ordinary password over TLS. */
async function withTls(
  recipe: Recipe,
  folder: string,
  secure: (steps: Steps, files: Files) => Steps,
): Promise<Recipe> {
  const { createAuthority } = await import('../../packages/local/src/certificates.ts')
  const authority = await createAuthority()
  const { cert, key } = await authority.issue({ names })
  await mkdir(folder)
  await writeFile(caFileIn(folder), authority.pem)
  return {
    ...recipe,
    async plan(own, port) {
      const plan = await recipe.plan(own, port)
      const files = { cert: join(own, 'cert.pem'), key: join(own, 'key.pem') }
      await writeFile(files.cert, cert)
      await writeFile(files.key, key, { mode: 0o600 })
      const { uid, gid } = plan
      if (uid !== undefined && gid !== undefined)
        for (const path of Object.values(files)) await chown(path, uid, gid)
      return { ...plan, ...secure(plan, files) }
    },
  }
}
