// Real drivers, configured as for RDS.
import { Signer } from '@aws-sdk/rds-signer'
import * as mariadb from 'mariadb'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import type { AwsKey, LocalRds } from '../../src/index.ts'

export const USER = 'iam_user'
const DATABASE = 'app'

/** Values of a token that differ from what the local RDS expects. */
export interface Signing {
  host?: string
  port?: number
  region?: string
  user?: string
  key?: AwsKey
}

function firstKey(local: LocalRds): AwsKey {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = local.env
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
}

/** A token from AWS's own signer. */
export function sign(local: LocalRds, signing: Signing = {}): Promise<string> {
  return new Signer({
    hostname: signing.host ?? local.endpoint.host,
    port: signing.port ?? local.endpoint.port,
    region: signing.region ?? local.region,
    username: signing.user ?? USER,
    credentials: signing.key ?? firstKey(local),
  }).getAuthToken()
}

/** Values of a login that differ from the default. `token` replaces a signed token. */
export interface Who {
  user?: string
  database?: string
  token?: string
  tls?: false
}

export async function connectPg(
  local: LocalRds,
  who: Who = {},
  more: pg.ClientConfig = {},
): Promise<pg.Client> {
  const { user = USER, database = DATABASE } = who
  const client = new pg.Client({
    host: '127.0.0.1',
    port: local.port,
    user,
    database,
    password: () => who.token ?? sign(local, { user }),
    ssl: who.tls ?? { ca: local.ca, servername: local.endpoint.host },
    ...more,
  })
  client.on('error', () => {}) // tests that end connections check the rejected query
  await client.connect()
  return client
}

export function connectMysql2(
  local: LocalRds,
  who: Who = {},
  more: mysql2.ConnectionOptions = {},
): Promise<mysql2.Connection> {
  const { user = USER, database = DATABASE } = who
  return mysql2.createConnection({
    host: '127.0.0.1',
    port: local.port,
    user,
    database,
    ...(who.token === undefined ? {} : { password: who.token }),
    ...(who.tls === false ? {} : { ssl: { ca: local.ca, verifyIdentity: true } }),
    authPlugins: {
      mysql_clear_password: () => async () => Buffer.from(`${who.token ?? (await sign(local, { user }))}\0`),
    },
    ...more,
  })
}

export async function connectMariaDb(
  local: LocalRds,
  who: Who = {},
  more: mariadb.ConnectionConfig = {},
): Promise<mariadb.Connection> {
  const { user = USER, database = DATABASE } = who
  return mariadb.createConnection({
    host: '127.0.0.1',
    port: local.port,
    user,
    database,
    password: who.token ?? (await sign(local, { user })),
    ssl: who.tls ?? { ca: local.ca },
    connectTimeout: 60_000, // the driver's default of one second is too short for fifty at once on a busy machine
    ...more,
  })
}

/** The common interface of the drivers. */
export interface Session {
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  end(): Promise<void>
}

export interface Driver {
  name: string
  engine: 'postgres' | 'mysql'
  open(local: LocalRds, who?: Who): Promise<Session>
}

const PG: Driver = {
  name: 'pg',
  engine: 'postgres',
  async open(local, who) {
    const client = await connectPg(local, who)
    return { query: async (sql, values) => (await client.query(sql, values)).rows, end: () => client.end() }
  },
}

const MYSQL2: Driver = {
  name: 'mysql2',
  engine: 'mysql',
  async open(local, who) {
    const connection = await connectMysql2(local, who)
    connection.on('error', () => {})
    return {
      // Rows are objects unless arrays are requested.
      query: async (sql, values) => (await connection.query(sql, values))[0] as Record<string, unknown>[],
      end: () => connection.end(),
    }
  },
}

const MARIADB: Driver = {
  name: 'mariadb',
  engine: 'mysql',
  async open(local, who) {
    const connection = await connectMariaDb(local, who)
    connection.on('error', () => {})
    return { query: (sql, values) => connection.query(sql, values), end: () => connection.end() }
  },
}

export const DRIVERS: Driver[] = [PG, MYSQL2, MARIADB]

/** With the engine's first driver. */
export function openSession(local: LocalRds, who?: Who): Promise<Session> {
  return local.engine === 'postgres' ? PG.open(local, who) : MYSQL2.open(local, who)
}

/** Logs in, runs a query, and disconnects. */
export async function visit(local: LocalRds, who?: Who): Promise<void> {
  const session = await openSession(local, who)
  await session.query('SELECT 1')
  await session.end()
}
