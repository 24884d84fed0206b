// The drivers, each at the oldest supported version and at the newest, with a common interface.
import type { IamTarget } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { type IamProxy, startProxy } from '@rds-iam/proxy'
import * as mariadb from 'mariadb'
import * as mariadbOldest from 'mariadb-oldest'
import mysql2 from 'mysql2'
import mysql2Oldest from 'mysql2-oldest'
import pg from 'pg'
import pgOldest from 'pg-oldest'
import { onTestFinished } from 'vitest'
import { whoIs } from './sessions.ts'

/** A driver at one of its versions. */
export interface Driver {
  readonly name: string
  readonly engine: 'postgres' | 'mysql'
  /**
   * Returns a function that logs in with the same config each time, and returns the server's user. `change` changes the
   * config before the driver gets it.
   */
  build(target: IamTarget, change?: Change): () => Promise<string>
}

export type Change = <Config extends object>(config: Config) => Config

const asItIs: Change = (config) => config

/** The part of a driver that the tests use, for all versions. */
interface AnyDriver {
  createConnection(config: object): Promise<{ query(sql: string): Promise<unknown>; end(): Promise<void> }>
}
const anyDriver = (driver: unknown): AnyDriver => driver as AnyDriver // exists in all versions

export const drivers: readonly Driver[] = [
  ...[
    { name: 'pg 8.11', client: pgOldest.Client },
    { name: 'pg 8.23', client: pg.Client },
  ].map(
    ({ name, client: Client }): Driver => ({
      name,
      engine: 'postgres',
      build: (target, change = asItIs) => {
        const config = change(iamPgConfig(target))
        return async () => {
          const client = new Client(config)
          await client.connect()
          const { rows } = await client.query('SELECT current_user AS user')
          await client.end()
          return rows[0]?.user
        }
      },
    }),
  ),
  ...[
    { name: 'mysql2 3.9', driver: mysql2Oldest as unknown as typeof mysql2 }, // the types differ only in unused parts
    { name: 'mysql2 3.24', driver: mysql2 },
  ].map(
    ({ name, driver }): Driver => ({
      name,
      engine: 'mysql',
      build: (target, change = asItIs) => {
        const config = change(iamMysql2Config(target))
        return async () => {
          // As Knex and TypeORM do. The promises of 3.9 create a separate error with less information.
          const connection = driver.createConnection(config)
          await new Promise<void>((resolve, reject) => {
            connection.connect((error) => (error ? reject(error) : resolve()))
          })
          const [rows] = await connection
            .promise()
            .query("SELECT substring_index(current_user(), '@', 1) AS user")
          await connection.promise().end()
          return Object(rows)[0].user
        }
      },
    }),
  ),
  ...[
    { name: 'mariadb 3.4', driver: anyDriver(mariadbOldest) },
    { name: 'mariadb 3.5', driver: anyDriver(mariadb) },
  ].map(
    ({ name, driver }): Driver => ({
      name,
      engine: 'mysql',
      build: (target, change = asItIs) => {
        const config = change(iamMariaDbConfig(target))
        return async () => {
          const connection = await driver.createConnection(config)
          const answer = await connection.query("SELECT substring_index(current_user(), '@', 1) AS user")
          await connection.end()
          return Object(answer)[0].user
        }
      },
    }),
  ),
]

/** Drivers that know nothing of IAM, through one proxy for all logins of a test. */
export const throughProxy: readonly Driver[] = [
  { name: 'pg through the proxy', engine: 'postgres', build: loginByUrl },
  { name: 'mysql2 through the proxy', engine: 'mysql', build: loginByUrl },
]

function loginByUrl(target: IamTarget): () => Promise<string> {
  let started: Promise<IamProxy> | undefined
  onTestFinished(async () => (await started?.catch(() => undefined))?.stop())
  return async () => {
    started ??= startProxy(target)
    return whoIs((await started).url)
  }
}
