// Every supported stack, with a common interface, so that one test can run on all of them.
import type { IamTarget } from '@rds-iam/core'
import { iamMariaDbConfig, iamMariaDbPool } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { iamConnection } from '@rds-iam/knex'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import knex, { type Knex } from 'knex'
import * as mariadb from 'mariadb'
import { createPool as createMysql2Pool, type Pool as Mysql2Pool } from 'mysql2/promise'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { PrismaClient as PrismaMysql } from '../../examples/prisma/generated/mysql/client.ts'
import { PrismaClient as PrismaPostgres } from '../../examples/prisma/generated/postgres/client.ts'

type Row = Record<string, unknown>
type Query = (sql: string) => Promise<Row[]>

export interface Database {
  readonly query: Query
  /** Runs `work` in a transaction, which is rolled back if `work` throws. */
  transaction(work: (query: Query) => Promise<void>): Promise<void>
  close(): Promise<void>
}

export interface Stack {
  readonly name: string
  readonly engine: 'postgres' | 'mysql'
  open(target: IamTarget, max: number): Database | Promise<Database>
}

/** The ORMs, in a given version. */
export interface Orms {
  readonly knex: typeof knex
  readonly DataSource: typeof DataSource
  readonly PrismaPostgres: typeof PrismaPostgres
  readonly PrismaMysql: typeof PrismaMysql
}

/** Knex writes to the console what it also throws. */
const silent: Knex.Logger = { debug() {}, warn() {}, error() {}, deprecate() {} }

function onKnex({ knex }: Orms, engine: Stack['engine']): Stack['open'] {
  return (target, max) => {
    const client = engine === 'postgres' ? 'pg' : 'mysql2'
    const db = knex({ client, connection: iamConnection(target), pool: { min: 0, max }, log: silent })
    const rowsOf = (result: { rows: Row[] } | Row[][]): Row[] =>
      'rows' in result ? result.rows : (result[0] ?? [])
    return {
      query: async (sql) => rowsOf(await db.raw(sql)),
      transaction: (work) => db.transaction((trx) => work(async (sql) => rowsOf(await trx.raw(sql)))),
      close: () => db.destroy(),
    }
  }
}

function onTypeOrm({ DataSource }: Orms, type: 'postgres' | 'mysql' | 'mariadb'): Stack['open'] {
  return async (target, poolSize) => {
    const { user, host, port, database, url, ssl, engine: _engine, ...iam } = target
    const given = { username: user, host, port, database, ssl, url: url && String(url) }
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    // Before 0.3.10, TypeORM had no poolSize.
    const extra = type === 'postgres' ? { max: poolSize } : { connectionLimit: poolSize }
    const dataSource = new DataSource(iamDataSourceOptions({ type, poolSize, extra, ...known, iam }))
    await dataSource.initialize()
    return {
      query: (sql) => dataSource.query<Row[]>(sql),
      transaction: (work) => dataSource.transaction((manager) => work((sql) => manager.query<Row[]>(sql))),
      close: () => dataSource.destroy(),
    }
  }
}

function onPrisma(client: PrismaPostgres): Database {
  return {
    query: (sql) => client.$queryRawUnsafe<Row[]>(sql),
    transaction: async (work) => {
      await client.$transaction((tx) =>
        work((sql) =>
          /^select/i.test(sql) ? tx.$queryRawUnsafe<Row[]>(sql) : tx.$executeRawUnsafe(sql).then(() => []),
        ),
      )
    },
    close: () => client.$disconnect(),
  }
}

/** The stack of pg, in a given version. */
export function onPg({ Pool }: Pick<typeof pg, 'Pool'>): Stack['open'] {
  return (target, max) => poolOfPg(new Pool(iamPgConfig({ ...target, max })))
}

function poolOfPg(pool: pg.Pool): Database {
  pool.on('error', () => {}) // when the server closes an idle connection
  return {
    query: async (sql) => (await pool.query<Row>(sql)).rows,
    transaction: async (work) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await work(async (sql) => (await client.query<Row>(sql)).rows)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

/** The stack of mysql2, in a given version. */
export function onMysql2(createPool: typeof createMysql2Pool): Stack['open'] {
  return (target, connectionLimit) =>
    poolOfMysql2(createPool(iamMysql2Config({ ...target, connectionLimit })))
}

function poolOfMysql2(pool: Mysql2Pool): Database {
  return {
    query: async (sql) => (await pool.query(sql))[0] as Row[], // all statements in these tests return rows
    transaction: async (work) => {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        await work(async (sql) => (await connection.query(sql))[0] as Row[])
        await connection.commit()
      } catch (error) {
        await connection.rollback()
        throw error
      } finally {
        connection.release()
      }
    },
    close: () => pool.end(),
  }
}

/** The stack of mariadb, in a given version. */
export function onMariaDb(driver: Pick<typeof mariadb, 'createPool'>): Stack['open'] {
  return (target, connectionLimit) =>
    poolOfMariaDb(iamMariaDbPool(driver, { minimumIdle: 1, ...target, connectionLimit }))
}

/** The same, in the driver's own pool. */
export function onMariaDbAlone(driver: Pick<typeof mariadb, 'createPool'>): Stack['open'] {
  return (target, connectionLimit) =>
    poolOfMariaDb(driver.createPool(iamMariaDbConfig({ minimumIdle: 1, ...target, connectionLimit })))
}

function poolOfMariaDb(pool: mariadb.Pool): Database {
  return {
    query: (sql) => pool.query<Row[]>(sql),
    transaction: async (work) => {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        await work((sql) => connection.query<Row[]>(sql))
        await connection.commit()
      } catch (error) {
        await connection.rollback()
        throw error
      } finally {
        await connection.release()
      }
    },
    close: () => pool.end(),
  }
}

/** Prisma's defaults, 2 s and 5 s, are too short on a busy machine for transactions that wait for one connection. */
const transactionOptions = { maxWait: 30_000, timeout: 60_000 }

/** The stacks of the ORMs. */
export function ormStacks(orms: Orms): readonly Stack[] {
  const { PrismaPostgres, PrismaMysql } = orms
  return [
    { name: 'Knex on pg', engine: 'postgres', open: onKnex(orms, 'postgres') },
    { name: 'TypeORM on pg', engine: 'postgres', open: onTypeOrm(orms, 'postgres') },
    {
      name: 'Prisma on pg',
      engine: 'postgres',
      open: (target, max) =>
        onPrisma(new PrismaPostgres({ adapter: iamPg({ ...target, max }), transactionOptions })),
    },
    { name: 'Knex on mysql2', engine: 'mysql', open: onKnex(orms, 'mysql') },
    { name: 'TypeORM on mysql2, type mysql', engine: 'mysql', open: onTypeOrm(orms, 'mysql') },
    { name: 'TypeORM on mysql2, type mariadb', engine: 'mysql', open: onTypeOrm(orms, 'mariadb') },
    {
      name: 'Prisma on mariadb',
      engine: 'mysql',
      open: (target, connectionLimit) => {
        const adapter = iamMariaDb({ minimumIdle: 1, ...target, connectionLimit })
        // The types of the generated clients differ only in the schema's provider.
        return onPrisma(new PrismaMysql({ adapter, transactionOptions }) as unknown as PrismaPostgres)
      },
    },
  ]
}

/** All stacks in the newest versions. */
export const stacks: readonly Stack[] = [
  ...ormStacks({ knex, DataSource, PrismaPostgres, PrismaMysql }),
  { name: 'pg', engine: 'postgres', open: onPg(pg) },
  { name: 'mysql2', engine: 'mysql', open: onMysql2(createMysql2Pool) },
  { name: 'mariadb', engine: 'mysql', open: onMariaDb(mariadb) },
]

/** The statements that differ between engines. */
export const statements = {
  postgres: {
    connectionId: 'SELECT pg_backend_pid() AS id',
    user: 'SELECT current_user::text AS user',
    killOthers:
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()',
  },
  mysql: {
    connectionId: 'SELECT connection_id() AS id',
    user: "SELECT substring_index(current_user(), '@', 1) AS user",
    killOthers: undefined,
  },
} as const
