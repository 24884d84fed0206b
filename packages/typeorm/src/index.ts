// IAM login for TypeORM: the options to pass to `new DataSource()`.
import { mysqlOptions } from './mysql.ts'
import { readOwn } from './options.ts'
import { postgresOptions } from './postgres.ts'
import type { IamMysqlOptions, IamPostgresOptions, MysqlOptions, PostgresOptions } from './types.ts'

export type { IamMysqlOptions, IamOptions, IamPostgresOptions, IamServer } from './types.ts'

/**
 * Options for `new DataSource()` and for Nest's `TypeOrmModule.forRoot()`. Every connection of every pool logs
 * in with a token that is valid at that moment, over TLS that verifies the endpoint. All other options are TypeORM's own,
 * and pass through. An option that is undefined counts as absent.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamDataSourceOptions } from '@rds-iam/typeorm'
 * import { DataSource } from 'typeorm'
 *
 * const dataSource = new DataSource(
 *   iamDataSourceOptions({
 *     type: 'postgres',
 *     host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *     username: 'jane_doe',
 *     database: 'app',
 *     entities: [],
 *     iam: { profile: 'prod' },
 *   }),
 * )
 * ```
 */
export function iamDataSourceOptions(options: IamPostgresOptions): PostgresOptions
export function iamDataSourceOptions(options: IamMysqlOptions): MysqlOptions
export function iamDataSourceOptions(
  options: IamPostgresOptions | IamMysqlOptions,
): PostgresOptions | MysqlOptions
export function iamDataSourceOptions(
  options: IamPostgresOptions | IamMysqlOptions,
): PostgresOptions | MysqlOptions {
  const own = readOwn(options)
  return own.type === 'postgres' ? postgresOptions(own) : mysqlOptions(own)
}
