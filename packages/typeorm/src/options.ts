// TypeORM's options with an IAM login in place of the password, for one server or for a master and its slaves.
import type { IamTarget } from '@rds-iam/core'
import type { DataSourceOptions } from 'typeorm'
import { mysqlOptions } from './mysql.ts'
import { postgresOptions } from './postgres.ts'

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>
export type MysqlOptions = Extract<DataSourceOptions, { type: 'mysql' | 'mariadb' }>

/** The part of a target that TypeORM's own options have no place for. */
export type IamOptions = Pick<
  IamTarget,
  | 'region'
  | 'profile'
  | 'role'
  | 'credentials'
  | 'timeoutMs'
  | 'via'
  | 'cname'
  | 'dangerouslySkipServerVerification'
>

/** One server of a replication: as TypeORM has it, without a password; `iam` overrides the outer `iam`. */
export type IamServer<Options extends PostgresOptions | MysqlOptions> = Omit<
  NonNullable<Options['replication']>['master'],
  'password' | 'ssl' | 'socketPath'
> & {
  /** What differs for this server, or is its own, such as `via`. */
  readonly iam?: IamOptions
}

type IamReplication<Options extends PostgresOptions | MysqlOptions> = Omit<
  NonNullable<Options['replication']>,
  'master' | 'slaves'
> & { readonly master: IamServer<Options>; readonly slaves: readonly IamServer<Options>[] }

type Iam<Options extends PostgresOptions | MysqlOptions> = Omit<
  Options,
  'password' | 'ssl' | 'socketPath' | 'replication'
> & {
  /** Identity and route: what TypeORM's own options have no place for. */
  readonly iam?: IamOptions
  /** TLS is always on and always verifies chain and name. `ca`: PEM certificates trusted besides Amazon's. */
  readonly ssl?: true | NonNullable<IamTarget['ssl']>
  /** Each server is signed for itself. `iam.via` of the outer options does not apply to them. */
  readonly replication?: IamReplication<Options>
}

/** TypeORM's options for `type: 'postgres'`, without a password. */
export type IamPostgresOptions = Iam<PostgresOptions>
/** TypeORM's options for `type: 'mysql'` and `type: 'mariadb'`, without a password. */
export type IamMysqlOptions = Iam<MysqlOptions>

/**
 * Options for `new DataSource()` and for Nest's `TypeOrmModule.forRoot()`. Every connection of every pool logs
 * in with a token that is good at that moment, over TLS that verifies the endpoint. All else is TypeORM's own
 * and passes through.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong
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
  return options.type === 'postgres' ? postgresOptions(options) : mysqlOptions(options)
}
