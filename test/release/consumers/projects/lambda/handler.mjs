// A Lambda function, to be bundled: the pool outlives the invocation.
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { iamConnection } from '@rds-iam/knex'
import knex from 'knex'
import { createPool } from 'mysql2/promise'
import pg from 'pg'

const postgres = process.env.DATABASE_URL?.startsWith('postgres')
const db = knex({ client: postgres ? 'pg' : 'mysql2', connection: iamConnection() })
const pool = postgres ? new pg.Pool(iamPgConfig()) : createPool(iamMysql2Config())

export async function handler() {
  await pool.query('SELECT now() AS now')
  await db.raw('SELECT now() AS now')
  await Promise.all([pool.end(), db.destroy()])
  return 'pool: now\nknex: now'
}
