const { inspect } = require('node:util')
const { RdsIamError } = require('@rds-iam/core')
const { iamMariaDbPool } = require('@rds-iam/core/mariadb')
const { iamMysql2Config } = require('@rds-iam/core/mysql2')
const { iamPgConfig } = require('@rds-iam/core/pg')
const { iamConnection } = require('@rds-iam/knex')
const { iamMariaDb } = require('@rds-iam/prisma/mariadb')
const { iamPg } = require('@rds-iam/prisma/pg')
const { iamDataSourceOptions } = require('@rds-iam/typeorm')
const { knex } = require('knex')
const mariadb = require('mariadb')
const mysql = require('mysql2/promise')
const pg = require('pg')
const { DataSource } = require('typeorm')

const postgres = process.env.DATABASE_URL?.startsWith('postgres')
const statement = { sql: 'SELECT now() AS now', args: [], argTypes: [] }

/** Each logs in to `target` and runs a query. */
const logins = {
  knex: async (target) => {
    const db = knex({ client: postgres ? 'pg' : 'mysql2', connection: iamConnection(target) })
    await db.raw(statement.sql).finally(() => db.destroy())
  },
  typeorm: async (target) => {
    const type = postgres ? 'postgres' : 'mysql'
    const dataSource = new DataSource(iamDataSourceOptions({ type, iam: target }))
    await dataSource.initialize()
    await dataSource.query(statement.sql).finally(() => dataSource.destroy())
  },
  prisma: async (target) => {
    // After a failed login, mariadb's pool keeps the process alive for this long.
    const adapter = await (postgres
      ? iamPg(target)
      : iamMariaDb({ acquireTimeout: 500, ...target })
    ).connect()
    await adapter.queryRaw(statement).finally(() => adapter.dispose())
  },
  ...(postgres
    ? {
        pg: async (target) => {
          const client = new pg.Client(iamPgConfig(target))
          await client.connect()
          await client.query(statement.sql).finally(() => client.end())
        },
      }
    : {
        mysql2: async (target) => {
          const connection = await mysql.createConnection(iamMysql2Config(target))
          await connection.query(statement.sql).finally(() => connection.end())
        },
        mariadb: async (target) => {
          const pool = iamMariaDbPool(mariadb, target)
          await pool.query(statement.sql).finally(() => pool.end())
        },
      }),
}

describe.each(Object.keys(logins))('%s', (name) => {
  test('logs in', async () => {
    await logins[name]({})
  })

  test('explains a rejected login', async () => {
    const credentials = {
      accessKeyId: 'AKIANEVERHEARDOF0001',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
    }
    // Prisma's adapter on pg wraps the driver's error.
    const error = await logins[name]({ credentials }).catch((thrown) => inspect(thrown, { depth: 5 }))
    expect(error).toMatch(/IAM login of iam_user at .*AKIA…0001/)
  })

  test('reports missing credentials', async () => {
    const credentials = async () => Promise.reject(new Error('nothing to be found'))
    await expect(logins[name]({ credentials })).rejects.toThrow(/nothing to be found/)
  })

  test('reports a wrong option', async () => {
    await expect(logins[name]({ region: '-' })).rejects.toThrow(RdsIamError)
  })
})
