// The messages that the documentation quotes, each brought about anew.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { createTokenSource, type IamTarget, type RdsIamErrorCode } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { type LocalRds, type LocalRdsErrorCode, startLocalRds } from '@rds-iam/local'
import * as mariadb from 'mariadb'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { vi } from 'vitest'
import { postgresRecipe } from '../../packages/local/src/servers/postgres.ts'
import { startServer } from '../../packages/local/src/servers/server.ts'
import { startDns } from '../dns.ts'
import { certificatesFor, mysql, postgres, startHostile, type Talk } from '../hostile.ts'
import { type Bare, onMysql } from './bare.ts'
import { HOST } from './pages.ts'

/** What the messages are brought about with. */
export interface Stage {
  readonly postgres: LocalRds
  readonly mysql: LocalRds
  /** Without a gate. */
  readonly bare: Bare
}

const target = {
  host: HOST,
  user: 'jane_doe',
  database: 'app',
  credentials: { accessKeyId: 'ASIAIOSFODNN7EXA4XQP', secretAccessKey: 'a secret that RDS does not know' },
} satisfies IamTarget

/** A message for each of our codes, which its error must have. */
export const codes: Readonly<Record<RdsIamErrorCode | LocalRdsErrorCode, string>> = {
  ERR_RDS_IAM_OPTIONS: 'options',
  ERR_RDS_IAM_CREDENTIALS: 'credentials',
  ERR_RDS_IAM_CREDENTIALS_TIMEOUT: 'credentials-timeout',
  ERR_RDS_IAM_CREDENTIALS_EXPIRED: 'credentials-expired',
  ERR_RDS_IAM_ALIAS: 'alias',
  ERR_RDS_IAM_SIGNING: 'signing',
  ERR_RDS_IAM_INSECURE_CONNECTION: 'insecure',
  ERR_RDS_IAM_LOCAL_OPTIONS: 'local-options',
  ERR_RDS_IAM_LOCAL_NO_SERVER: 'local-no-server',
  ERR_RDS_IAM_LOCAL_SERVER: 'local-server',
  ERR_RDS_IAM_LOCAL_UPSTREAM: 'local-upstream',
  ERR_RDS_IAM_LOCAL_LISTEN: 'local-listen',
}

/** Each rejects with the error whose message is quoted. */
export const messages: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  // As a caller without types may write.
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
    const dns = await startDns({ 'db.corp.example': HOST })
    await connectPg({ ...target, host: 'db.corp.example', region: 'eu-central-1' }).finally(dns.stop)
  },
  signing: () =>
    createTokenSource({
      ...target,
      port: 5432,
      credentials: { ...target.credentials, secretAccessKey: 42 as unknown as string }, // as a caller without types may
    }).get(),
  insecure: () => hostile((good) => mysql.overTls(good, { asks: 'caching_sha2_password' }), connectMysql),

  pam: ({ postgres: { port, ca } }) => connectPg({ ...target, via: `127.0.0.1:${port}`, ssl: { ca } }),
  denied: ({ mysql: { port, ca } }) => connectMysql({ ...target, via: `127.0.0.1:${port}`, ssl: { ca } }),
  'no-encryption': async ({ postgres: { port } }) => {
    await new pg.Client({ host: '127.0.0.1', port, user: 'jane_doe', database: 'app' }).connect()
  },
  'insecure-transport': async ({ mysql: { port } }) => {
    await createConnection({ host: '127.0.0.1', port, user: 'jane_doe' })
  },
  // What RDS does with a user who is not in rds_iam is what PostgreSQL does.
  'password-failed': async ({ bare }) => {
    const { port } = bare.postgres
    const password = 'a token' // to PostgreSQL it is a password like any other
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
      await connection.query('SET GLOBAL max_connections = 10') // as few as MariaDB grants
      await untilRefused(async () => {
        const { host, port, password } = bare.mysql
        const another = await createConnection({ host, port, password, user: 'somebody' })
        return () => another.end()
      }).finally(() => connection.query('SET GLOBAL max_connections = 1000'))
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
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    await new Promise((resolve) => server.close(resolve))
    await connectPg({ ...target, via: `127.0.0.1:${Object(address).port}` })
  },
  'pool-timeout': async ({ mysql: { port, ca } }) => {
    const options = { ...target, via: `127.0.0.1:${port}`, ssl: { ca }, acquireTimeout: 200 }
    const pool = mariadb.createPool(iamMariaDbConfig(options))
    await pool.query('SELECT 1').finally(() => pool.end())
  },

  'local-options': () =>
    // As a caller without types may write.
    startLocalRds({ engine: 'oracle' as 'mysql', region: 'Frankfurt' }),
  'local-no-server': async () => {
    const { arch } = process
    Object.defineProperty(process, 'arch', { value: 'none' })
    await startLocalRds({ engine: 'postgres' }).finally(() =>
      Object.defineProperty(process, 'arch', { value: arch }),
    )
  },
  'local-server': async () => {
    const wanted = { users: ['jane_doe'], database: 'app', alsoRemove: [] }
    const recipe = await postgresRecipe(wanted)
    // What the loader of programs says when a library is missing.
    const say = "process.stderr.write('initdb: error while loading shared libraries: libicuuc.so.60\\n')"
    const broken = { command: process.execPath, args: ['-e', `${say}; process.exitCode = 127`] }
    const plan: typeof recipe.plan = async (...of) => ({ ...(await recipe.plan(...of)), prepare: [broken] })
    await startServer({ ...recipe, plan }, wanted)
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

type Certificates = Awaited<ReturnType<typeof certificatesFor>>

/** Connects to a server that does not behave. */
async function hostile(
  script: (good: Certificates['good'], expired: Certificates['good']) => (talk: Talk) => Promise<unknown>,
  connect: (to: IamTarget) => Promise<void>,
): Promise<void> {
  const { ca, good, bad } = await certificatesFor(HOST)
  const server = await startHostile(script(good, bad['that has expired'] ?? good))
  await connect({ ...target, via: `127.0.0.1:${server.port}`, ssl: { ca } }).finally(server.stop)
}

/** A message without what is another each time: addresses, times, numbers of connections, advice of newer Nodes. */
export function comparable(message: string): string {
  return message
    .trim()
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d+(\.\d+){3}/g, 'ADDRESS')
    .replace(/ADDRESS:\d+/g, 'ADDRESS:PORT')
    .replace(/\d+ ?ms\b/g, 'N ms')
    .replace(/\d+ s ago/g, 'N s ago')
    .replace('; if the root CA is installed locally, try running Node.js with --use-system-ca', '')
    .replace(/conn:-?\d+/g, 'conn:N')
    .replace(/(?<=did not start: )\S+(?=:)/g, 'PROGRAM')
    .replace(/(?<=for )(linux|darwin|windows)-\w+/g, 'PLATFORM')
    .replace(/[^ ]*rds-iam-docs-none|\/[^ ]*\/none/g, 'FILE')
}
