// The types of TypeORM's options, with an IAM login instead of the password.
import type { IamTarget, OrUndefined } from '@rds-iam/core'
import type { DataSourceOptions } from 'typeorm'

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>
export type MysqlOptions = Extract<DataSourceOptions, { type: 'mysql' | 'mariadb' }>
type Options = PostgresOptions | MysqlOptions

/** The fields of a target that TypeORM's own options don't have. */
export type IamOptions = Pick<
  IamTarget,
  | 'region'
  | 'profile'
  | 'role'
  | 'credentials'
  | 'timeoutMs'
  | 'via'
  | 'cname'
  | 'writer'
  | 'dangerouslySkipServerVerification'
>

/** TypeORM's options for one server of a replication, without a password. `iam` overrides the outer `iam`. */
export type IamServer<O extends Options> = OrUndefined<
  Omit<NonNullable<O['replication']>['master'], 'password' | 'ssl' | 'socketPath'>
> & {
  /** The fields that differ for this server, such as `via`. */
  readonly iam?: IamOptions | undefined
}

type Replicated<O extends Options, Server> = Omit<NonNullable<O['replication']>, 'master' | 'slaves'> & {
  readonly master: Server
  readonly slaves: readonly Server[]
}

/** TypeORM's options that are not accepted here. */
type Refused = 'password' | 'ssl' | 'socketPath' | 'replication' | 'nativeDriver'

type Iam<O extends Options> = Pick<O, 'type'> &
  OrUndefined<Omit<O, 'type' | Refused>> & {
    /** The identity and the route: the fields of a target that TypeORM's own options don't have. */
    readonly iam?: IamOptions | undefined
    /** TLS is always on, and always verifies the chain and the name. `ca` adds trusted PEM certificates. */
    readonly ssl?: IamTarget['ssl']
    /** Each server gets its own tokens, and has its own `via`. */
    readonly replication?: Replicated<O, IamServer<O>> | undefined
  }

/** TypeORM's options for `type: 'postgres'`, without a password. */
export type IamPostgresOptions = Iam<PostgresOptions>
/** TypeORM's options for `type: 'mysql'` and `type: 'mariadb'`, without a password. */
export type IamMysqlOptions = Iam<MysqlOptions>

/** The options of one server, once they are read. */
export interface ServerOptions {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly database?: string
  /** With type postgres. */
  readonly applicationName?: string
  /** With type mysql and mariadb. */
  readonly poolSize?: number
  readonly iam?: IamOptions
}

/** TypeORM's options, once they are read. None of them is undefined. */
export type OwnOptions<O extends Options> = Omit<O, Refused | 'extra' | keyof ServerOptions> &
  ServerOptions & {
    readonly ssl?: NonNullable<IamTarget['ssl']>
    readonly extra?: Readonly<Record<string, unknown>>
    readonly replication?: Replicated<O, ServerOptions>
  }
