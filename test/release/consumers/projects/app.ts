// Logs in through every stack for the engine of DATABASE_URL, and prints the results.
import { createTokenSource, engineOf, RdsIamError } from '@rds-iam/core'
import { iamMariaDbPool } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { iamConnection } from '@rds-iam/knex'
import { iamDatasourceUrl } from '@rds-iam/prisma'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import knex from 'knex'
import * as mariadb from 'mariadb'
import { createConnection } from 'mysql2/promise'
import { Pool } from 'pg'
import { DataSource } from 'typeorm'

const sql = 'SELECT now() AS now'
const statement: { sql: string; args: unknown[]; argTypes: [] } = { sql, args: [], argTypes: [] }

/** The methods that this program uses of both Prisma adapters. */
interface Adapter {
  queryRaw(query: typeof statement): Promise<{ rows: unknown[][] }>
  dispose(): Promise<void>
}

type Answers = Record<string, () => Promise<unknown>>

async function onKnex(client: 'pg' | 'mysql2'): Promise<unknown> {
  const db = knex({ client, connection: iamConnection() })
  const answer = await db.raw(sql)
  await db.destroy()
  return client === 'pg' ? answer.rows[0].now : answer[0][0].now
}

async function onTypeOrm(type: 'postgres' | 'mysql' | 'mariadb'): Promise<unknown> {
  const dataSource = await new DataSource(
    iamDataSourceOptions({ type, iam: { timeoutMs: 5_000 } }),
  ).initialize()
  const [row] = await dataSource.query<{ now: Date }[]>(sql)
  await dataSource.destroy()
  return row?.now
}

async function onPrisma(adapter: Adapter): Promise<unknown> {
  const { rows } = await adapter.queryRaw(statement)
  await adapter.dispose()
  return rows[0]?.[0]
}

const postgres: Answers = {
  pg: async () => {
    const pool = new Pool(iamPgConfig({ max: 2 }))
    const { rows } = await pool.query<{ now: Date }>(sql)
    await pool.end()
    return rows[0]?.now
  },
  knex: () => onKnex('pg'),
  typeorm: () => onTypeOrm('postgres'),
  prisma: async () => onPrisma(await iamPg().connect()),
}

const mysql: Answers = {
  mysql2: async () => {
    const connection = await createConnection(iamMysql2Config())
    const [rows] = await connection.query<(import('mysql2').RowDataPacket & { now: Date })[]>(sql)
    await connection.end()
    return rows[0]?.now
  },
  mariadb: async () => {
    const pool = iamMariaDbPool(mariadb, { connectionLimit: 2 })
    const [row] = await pool.query<{ now: Date }[]>(sql)
    await pool.end()
    return row?.now
  },
  knex: () => onKnex('mysql2'),
  typeorm: () => onTypeOrm('mysql'),
  'typeorm, type mariadb': () => onTypeOrm('mariadb'),
  prisma: async () => onPrisma(await iamMariaDb().connect()),
}

async function run(): Promise<void> {
  const target = { via: 'localhost:1', host: 'localhost', user: 'me', region: 'us-east-1', port: 5432 }
  if (engineOf(target) !== 'postgres' || !(await createTokenSource(target).get())) throw new Error('no token')
  const refused = await iamDatasourceUrl({ ...target, port: 0 }).catch((error: unknown) => error)
  if (!(refused instanceof RdsIamError)) throw new Error('an error of another class')

  const answers = process.env.DATABASE_URL?.startsWith('postgres') ? postgres : mysql
  for (const [name, answer] of Object.entries(answers)) {
    const now = await answer()
    const age = Date.now() - new Date(String(now)).getTime()
    console.log(`${name}: ${Math.abs(age) < 86_400_000 ? 'now' : `not now: ${now}`}`)
  }
}

void run()
