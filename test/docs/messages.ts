// Causes each error that the documentation quotes.
import { tmpdir } from 'node:os'
import { createTokenSource, type IamTarget, type RdsIamErrorCode } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { type LocalRds, type LocalRdsErrorCode, startLocalRds } from '@rds-iam/local'
import { startProxy } from '@rds-iam/proxy'
import { fatal } from '@rds-iam/wire/postgres-messages'
import * as mariadb from 'mariadb'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { vi } from 'vitest'
import { postgresRecipe } from '../../packages/local/src/servers/postgres-server.ts'
import { startServer } from '../../packages/local/src/servers/server.ts'
import { certificatesFor, type Issued } from '../support/certificates.ts'
import { startDns } from '../support/dns.ts'
import { closedPort } from '../support/listen.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { play, type Script } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'
import { startSwitch } from '../support/tcp-switch.ts'
import { type Bare, onMysql, onPostgres } from './bare.ts'
import { HOST } from './pages.ts'

/** The servers that cause the errors. */
export interface Stage {
  readonly postgres: LocalRds
  readonly mysql: LocalRds
  /** The servers without a gate. */
  readonly bare: Bare
}

const target = {
  host: HOST,
  user: 'jane_doe',
  database: 'app',
  credentials: { accessKeyId: 'ASIAIOSFODNN7EXA4XQP', secretAccessKey: 'a secret that RDS does not know' },
} satisfies IamTarget

/** Our error codes, each with a quoted message. Its error must have the code. */
export const codes: Readonly<Record<RdsIamErrorCode | LocalRdsErrorCode, string>> = {
  ERR_RDS_IAM_OPTIONS: 'options',
  ERR_RDS_IAM_CREDENTIALS: 'credentials',
  ERR_RDS_IAM_CREDENTIALS_TIMEOUT: 'credentials-timeout',
  ERR_RDS_IAM_CREDENTIALS_EXPIRED: 'credentials-expired',
  ERR_RDS_IAM_ALIAS: 'alias',
  ERR_RDS_IAM_SIGNING: 'signing',
  ERR_RDS_IAM_INSECURE_CONNECTION: 'insecure',
  ERR_RDS_IAM_PROXY_LISTEN: 'proxy-listen',
  ERR_RDS_IAM_TOKEN_DROPPED: 'token-dropped',
  ERR_RDS_IAM_LOCAL_OPTIONS: 'local-options',
  ERR_RDS_IAM_LOCAL_NO_SERVER: 'local-no-server',
  ERR_RDS_IAM_LOCAL_SERVER: 'local-server',
  ERR_RDS_IAM_LOCAL_UPSTREAM: 'local-upstream',
  ERR_RDS_IAM_LOCAL_LISTEN: 'local-listen',
}

/** Each function rejects with the error that the documentation quotes. */
export const messages: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  // Only a caller without types can write this.
  options: async () => iamPgConfig({ host: HOST, ssl: false as unknown as { ca: string } }),
  credentials: async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${tmpdir()}/none`)
    vi.stubEnv('AWS_CONFIG_FILE', `${tmpdir()}/none`)
    const { credentials: _, ...without } = target
    await createTokenSource({ ...without, port: 5432 }).get()
  },
  'credentials-timeout': () =>
    createTokenSource({
      ...target,
      port: 5432,
      timeoutMs: 50,
      credentials: () => new Promise(() => {}),
    }).get(),
  'credentials-expired': () =>
    createTokenSource({
      ...target,
      port: 5432,
      credentials: async () => ({ ...target.credentials, expiration: new Date('2026-01-01T00:00:00Z') }),
    }).get(),
  alias: async () => {
    using _dns = await startDns({ 'db.corp.example': HOST })
    await connectPg({ ...target, host: 'db.corp.example', region: 'eu-central-1' })
  },
  signing: () =>
    createTokenSource({
      ...target,
      port: 5432,
      credentials: { ...target.credentials, sessionToken: '\ud800' }, // half a character
    }).get(),
  'proxy-listen': ({ postgres: { port } }) => startProxy({ ...target, engine: 'postgres' }, { port }),
  insecure: () => hostile((good) => mysql.overTls(good, { asks: 'caching_sha2_password' }), connectMysql),
  'token-dropped': async ({ mysql: { port, ca } }) => {
    const way = await startSwitch(port)
    const keys = [target.credentials]
    const config = iamMariaDbConfig({
      ...target,
      via: `127.0.0.1:${way.port}`,
      ssl: { ca },
      credentials: async () => keys.pop() ?? new Promise<never>(() => {}),
      timeoutMs: 1_000,
    })
    const held = way.hold(1)
    const waiting = mariadb.createConnection(config)
    await held
    await mariadb.createConnection(config).catch(() => {}) // RDS doesn't know the key
    way.release()
    await waiting.finally(() => way.stop())
  },

  pam: ({ postgres: { port, ca } }) => connectPg({ ...target, via: `127.0.0.1:${port}`, ssl: { ca } }),
  denied: ({ mysql: { port, ca } }) => connectMysql({ ...target, via: `127.0.0.1:${port}`, ssl: { ca } }),
  'no-encryption': async ({ postgres: { port } }) => {
    await new pg.Client({ host: '127.0.0.1', port, user: 'jane_doe', database: 'app' }).connect()
  },
  'insecure-transport': async ({ mysql: { port } }) => {
    await createConnection({ host: '127.0.0.1', port, user: 'jane_doe' })
  },
  // PostgreSQL decides this, not RDS: the user isn't in rds_iam.
  'password-failed': async ({ bare }) => {
    const { port } = bare.postgres
    const password = 'a token' // PostgreSQL treats a token like any other password
    await new pg.Client({ host: '127.0.0.1', port, user: 'jane_doe', database: 'app', password }).connect()
  },
  plugin: async ({ bare }) => {
    const { port, password } = bare.mysql
    const connection = await createConnection({ host: '127.0.0.1', port, user: 'somebody', password })
    const statement = "CREATE USER 'new' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'"
    await connection.query(statement).finally(() => connection.end())
  },
  'no-slots': ({ bare }) =>
    untilRefused(async () => {
      const { host, port, password } = bare.postgres
      const client = new pg.Client({ host, port, password, user: 'somebody', database: 'app' })
      await client.connect()
      return () => client.end()
    }),
  'too-many': ({ bare }) =>
    onMysql(bare.mysql, async (connection) => {
      await connection.query('SET GLOBAL max_connections = 10') // the minimum in MariaDB
      await untilRefused(async () => {
        const { host, port, password } = bare.mysql
        const another = await createConnection({ host, port, password, user: 'somebody' })
        return () => another.end()
      }).finally(() => connection.query('SET GLOBAL max_connections = 1000'))
    }),
  // Only RDS has these rules and checks tokens.
  'no-pg-hba-entry': () =>
    hostile(
      (good) =>
        postgres.saying(
          good,
          fatal(
            '28000',
            'no pg_hba.conf entry for host "10.0.0.7", user "jane_doe", database "app", SSL encryption',
          ),
        ),
      connectPg,
    ),
  'authentication-timeout': () =>
    hostile(
      (good) => postgres.saying(good, fatal('57014', 'canceling authentication due to timeout')),
      connectPg,
    ),
  'read-only': ({ bare }) =>
    onPostgres(bare.postgres, async (client) => {
      await client.query('CREATE TABLE orders ()')
      await client.query('SET default_transaction_read_only = on')
      await client.query('INSERT INTO orders DEFAULT VALUES')
    }),
  'no-such-database': ({ postgres: { port, ca, env } }) =>
    connectPg({
      ...target,
      database: 'ap',
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
      },
      via: `127.0.0.1:${port}`,
      ssl: { ca },
    }),

  'unknown-ca': ({ postgres: { port } }) => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    return connectPg({ ...target, via: `127.0.0.1:${port}` })
  },
  'other-name': ({ postgres: { port, ca } }) =>
    connectPg({ ...target, host: HOST.replace('db', 'db2'), via: `127.0.0.1:${port}`, ssl: { ca } }),
  expired: () => hostile((_, expired) => postgres.overTls(expired), connectPg),
  'no-tls': () => hostile(() => postgres.withoutTls, connectPg),
  refused: async () => {
    await connectPg({ ...target, via: `127.0.0.1:${await closedPort()}` })
  },
  'pool-timeout': async ({ mysql: { port, ca } }) => {
    const options = { ...target, via: `127.0.0.1:${port}`, ssl: { ca }, acquireTimeout: 200 }
    const pool = mariadb.createPool(iamMariaDbConfig(options))
    await pool.query('SELECT 1').finally(() => pool.end())
  },

  'local-options': () =>
    // Only a caller without types can write this.
    startLocalRds({ engine: 'oracle' as 'mysql', region: 'Frankfurt' }),
  'local-no-server': async () => {
    const { arch } = process
    Object.defineProperty(process, 'arch', { value: 'none' })
    await startLocalRds({ engine: 'postgres' }).finally(() =>
      Object.defineProperty(process, 'arch', { value: arch }),
    )
  },
  'local-server': async () => {
    const wanted = { users: ['jane_doe'], database: 'app' }
    const recipe = await postgresRecipe(wanted)
    // The message of the dynamic linker when a library is missing.
    const say = "process.stderr.write('initdb: error while loading shared libraries: libicuuc.so.60\\n')"
    const broken = { command: process.execPath, args: ['-e', `${say}; process.exitCode = 127`] }
    const plan: typeof recipe.plan = async (...of) => ({ ...(await recipe.plan(...of)), prepare: [broken] })
    await startServer({ ...recipe, plan })
  },
  'local-upstream': () =>
    startLocalRds({ engine: 'postgres', upstream: 'postgres://postgres:postgres@127.0.0.1:1/app' }),
  'local-listen': async ({ bare, postgres: { port } }) => {
    const { password } = bare.postgres
    const upstream = `postgres://postgres:${password}@127.0.0.1:${bare.postgres.port}/app`
    await startLocalRds({ engine: 'postgres', upstream, port })
  },
}

/** Opens connections until there is an error, and closes them. */
async function untilRefused(open: () => Promise<() => Promise<unknown>>): Promise<void> {
  const opened: (() => Promise<unknown>)[] = []
  try {
    while (opened.length < 100) opened.push(await open())
  } finally {
    for (const close of opened) await close()
  }
}

async function connectPg(to: IamTarget): Promise<void> {
  const client = new pg.Client(iamPgConfig(to))
  await client.connect().finally(() => client.end())
}

async function connectMysql(to: IamTarget): Promise<void> {
  const connection = await createConnection(iamMysql2Config(to))
  await connection.end()
}

/** Connects to a server that misbehaves. */
async function hostile(
  script: (good: Issued, expired: Issued) => Script,
  connect: (to: IamTarget) => Promise<void>,
): Promise<void> {
  const { ca, good, bad } = await certificatesFor(HOST)
  await using server = await play(script(good, bad['that has expired']))
  await connect({ ...target, via: `127.0.0.1:${server.port}`, ssl: { ca } })
}

/** A message without the parts that vary: addresses, times, connection numbers, and advice that newer Nodes add. */
export function comparable(message: string): string {
  return message
    .trim()
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d+(\.\d+){3}/g, 'ADDRESS')
    .replace(/ADDRESS:\d+/g, 'ADDRESS:PORT')
    .replace(/\d+ ?ms\b/g, 'N ms')
    .replace(/\d+ s ago/g, 'N s ago')
    .replace(/ --via ADDRESS:PORT$/, '') // the tests add it to reach their own servers
    .replace('; if the root CA is installed locally, try running Node.js with --use-system-ca', '')
    .replace(/conn:-?\d+/g, 'conn:N')
    .replace(/(?<=did not start: )\S+(?=:)/g, 'PROGRAM')
    .replace(/(?<=for )(linux|darwin|windows)-\w+/g, 'PLATFORM')
    .replace(/[^ ]*rds-iam-docs-none|\/[^ ]*\/none/g, 'FILE')
}
