// Valid code compiles and invalid code doesn't, because an unused @ts-expect-error is an error.
import type { IamTarget } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { iamConnection } from '@rds-iam/knex'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import { type IamOptions, iamDataSourceOptions } from '@rds-iam/typeorm'
import type { Knex } from 'knex'
import type { PoolConfig as MariaDbConfig } from 'mariadb'
import type { PoolOptions } from 'mysql2'
import type { PoolConfig as PgConfig } from 'pg'
import type { DataSourceOptions } from 'typeorm'

const host = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'

// The results fit the driver, the ORM and the adapter.
export const accepted: [PgConfig, PoolOptions, MariaDbConfig, Knex.Config, DataSourceOptions] = [
  iamPgConfig({ host, max: 5, application_name: 'app', statement_timeout: 1_000 }),
  iamMysql2Config({ host, connectionLimit: 5, decimalNumbers: true }),
  iamMariaDbConfig({ host, connectionLimit: 5, bigIntAsNumber: true }),
  { client: 'pg', connection: iamConnection({ host, application_name: 'app' }) },
  iamDataSourceOptions({ type: 'postgres', host, username: 'jane', poolSize: 5, entities: [], ssl: true }),
]
export const alsoAccepted: DataSourceOptions[] = [
  iamDataSourceOptions({
    type: 'mysql',
    charset: 'utf8mb4',
    ssl: { ca: 'PEM' },
    iam: { via: 'localhost:1' },
  }),
  iamDataSourceOptions({
    type: 'postgres',
    replication: {
      master: { host, username: 'jane', iam: { profile: 'writer' } },
      slaves: [{ host, username: 'jane', iam: { role: 'arn:aws:iam::123456789012:role/reader' } }],
    },
  }),
]
export const adapters: ('postgres' | 'mysql' | 'sqlite' | 'sqlserver')[] = [
  iamPg({ host, max: 5 }, { schema: 'app' }).provider,
  iamMariaDb({ host, connectionLimit: 5 }, { database: 'app' }).provider,
]
export const target: IamTarget = {
  url: new URL('postgres://jane@db/app'),
  role: { arn: 'arn' },
  via: { host },
}

// A password is an error.
// @ts-expect-error
iamPgConfig({ host, password: 'secret' })
// @ts-expect-error
iamMysql2Config({ host, password: 'secret' })
// @ts-expect-error
iamMariaDbConfig({ host, password: 'secret' })
// @ts-expect-error
iamConnection({ host, password: 'secret' })
// @ts-expect-error
iamDataSourceOptions({ type: 'postgres', host, password: 'secret' })
// @ts-expect-error
iamDataSourceOptions({ type: 'mysql', host, password: 'secret' })
// @ts-expect-error
iamDataSourceOptions({ type: 'mysql', replication: { master: { host, password: 'secret' }, slaves: [] } })
// @ts-expect-error
iamPg({ host, password: 'secret' })
// @ts-expect-error
iamMariaDb({ host, password: 'secret' })

// TLS can't be switched off.
// @ts-expect-error
iamPgConfig({ host, ssl: false })
// @ts-expect-error
iamMysql2Config({ host, ssl: { rejectUnauthorized: false } })
// @ts-expect-error
iamMariaDbConfig({ host, ssl: false })
// @ts-expect-error
iamConnection({ host, ssl: false })
// @ts-expect-error
iamDataSourceOptions({ type: 'postgres', host, ssl: false })
// @ts-expect-error
iamDataSourceOptions({ type: 'mysql', host, ssl: { rejectUnauthorized: false } })
// @ts-expect-error
iamPg({ host, ssl: false })
// @ts-expect-error
iamMariaDb({ host, ssl: { rejectUnauthorized: false } })

// No option can replace the endpoint.
// @ts-expect-error
iamPgConfig({ connectionString: 'postgres://jane:secret@db/app' })
// @ts-expect-error
iamMysql2Config({ uri: 'mysql://jane:secret@db/app' })
// @ts-expect-error
iamMariaDbConfig({ socketPath: '/run/mysqld.sock' })
// @ts-expect-error
iamConnection({ connectionString: 'postgres://jane:secret@db/app' })
// @ts-expect-error
iamDataSourceOptions({ type: 'mysql', socketPath: '/run/mysqld.sock' })

// A misspelled option is an error.
// @ts-expect-error
iamDataSourceOptions({ type: 'postgres', host, iam: { regoin: 'eu-central-1' } })
// @ts-expect-error
export const slip: IamOptions = { proflie: 'prod' }
// @ts-expect-error
iamDataSourceOptions({ type: 'sqlite', database: ':memory:' })
// @ts-expect-error
iamPgConfig({ host, regoin: 'eu-central-1' })
// @ts-expect-error
iamMysql2Config({ host, regoin: 'eu-central-1' })
// @ts-expect-error
iamMariaDbConfig({ host, port: '3306' })
// @ts-expect-error
iamConnection({ host, engine: 'oracle' })
// @ts-expect-error
iamPg({ host, via: { port: 5432 } })
