// Servers with a table `orders`, of which some are read-only, and the gates to them.
import { type LocalRds, startLocalRds } from '@rds-iam/local'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { startMysql } from '../../packages/local/src/servers/mysql-server.ts'
import { startPostgres } from '../../packages/local/src/servers/postgres-server.ts'
import type { Server } from '../../packages/local/src/servers/server.ts'
import { aloneOnMysql, aloneOnPostgres } from './alone.ts'
import { startStandby } from './standby.ts'

type Engine = 'postgres' | 'mysql'

export const USER = 'iam_user'
export const KEY = { accessKeyId: 'AKIAFAILOVER00000001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
export const DATABASE = { postgres: 'postgres', mysql: 'app' }

const PORTS = { postgres: 5432, mysql: 3306 }
const MAKE = ['CREATE TABLE orders (id int)', `ALTER TABLE orders OWNER TO ${USER}`]

/** Both have the table. */
export function startReadOnlyAndWriter(engine: Engine): Promise<[Server, Server]> {
  return engine === 'postgres'
    ? Promise.all([startStandby(USER, MAKE), startPostgresWriter()])
    : Promise.all([startMysqlServer('SET GLOBAL read_only = 1'), startMysqlServer()])
}

export async function startPostgresWriter(): Promise<Server> {
  const server = await startPostgres({ users: [USER], database: DATABASE.postgres })
  await asSuperuser(server, MAKE)
  return server
}

export async function asSuperuser({ port, password }: Server, sql: readonly string[]): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password })
  await client.connect()
  try {
    for (const statement of sql) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Waits until all clients of the IAM user have disconnected. */
export async function untilAlone(engine: Engine, { port, password }: Server): Promise<void> {
  if (engine === 'mysql') {
    const admin = await createConnection({ host: '127.0.0.1', port, user: 'admin', password })
    await aloneOnMysql(admin).finally(() => admin.end())
    return
  }
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password })
  await client.connect()
  await aloneOnPostgres(client, USER).finally(() => client.end())
}

/** It has two users. One may write even if the server is read-only; the IAM user may not. */
async function startMysqlServer(...sql: string[]): Promise<Server> {
  const server = await startMysql({ users: ['admin', USER], database: DATABASE.mysql })
  const { port, password } = server
  const admin = await createConnection({ host: '127.0.0.1', port, user: 'admin', password, database: 'app' })
  for (const statement of [
    'CREATE TABLE orders (id int)',
    `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${USER}`,
    `GRANT ALL PRIVILEGES ON app.* TO ${USER}`,
    ...sql,
  ])
    await admin.query(statement)
  await admin.end()
  return server
}

export function startGate(engine: Engine, host: string, { port, password }: Server): Promise<LocalRds> {
  return startLocalRds({
    engine,
    upstream: `${engine}://${USER}:${password}@127.0.0.1:${port}/${DATABASE[engine]}`,
    keys: [KEY],
    endpoint: { host, port: PORTS[engine] },
    region: 'us-east-1',
  })
}
