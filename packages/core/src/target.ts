// What a user says about the database and about who logs in: one vocabulary for every ORM and driver.
import type { SignerConfig } from '@aws-sdk/rds-signer'

/** The database's protocol family: `mysql` stands for MySQL, MariaDB and Aurora MySQL. */
export type Engine = 'postgres' | 'mysql'

/** AWS credentials as the SDK has them: an object, or a function that yields one. */
export type Credentials = NonNullable<SignerConfig['credentials']>

/** A role to assume before signing, with the credentials found otherwise. */
export interface RoleToAssume {
  /** `arn:aws:iam::123456789012:role/db-login` */
  arn: string
  /** The external id that the role's trust policy asks for. Default: none. */
  externalId?: string
  /** The session's name in CloudTrail. Default: `rds-iam`. */
  sessionName?: string
}

/**
 * The database to log in to, and with which AWS identity.
 *
 * Each field's own value wins over the URL, the URL over the environment: what neither field nor URL says is read from
 * `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE` or `MYSQL_HOST`, `MYSQL_TCP_PORT`, `MYSQL_USER`, `MYSQL_DATABASE`, as
 * the engine's own clients do. `DATABASE_URL` is the URL where there is neither `url` nor `host`.
 *
 * @example
 * ```ts
 * import type { IamTarget } from '@rds-iam/core'
 *
 * const target: IamTarget = {
 *   host: 'orders.cluster-c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *   user: 'jane_doe',
 *   database: 'orders',
 *   via: 'localhost:15432', // an SSH or SSM tunnel
 * }
 * ```
 */
export interface IamTarget {
  /** `postgres://user@host:port/database` or `mysql://…`, without a password. The other fields win over it. */
  url?: string | URL
  /** Default: the URL's scheme, else by the port (5432, 3306). Bindings and adapters that know it set it. */
  engine?: Engine
  /** The RDS endpoint: tokens are signed for it, and the server's certificate must bear it. */
  host?: string
  /** The endpoint's port. Default: 5432 for PostgreSQL, 3306 for MySQL. */
  port?: number
  /** The database user, who is enabled for IAM login. */
  user?: string
  /** The database. Default: the driver's. */
  database?: string
  /** Default: read from `host`, else `AWS_REGION`, `AWS_DEFAULT_REGION`, else the profile's region. */
  region?: string
  /** A profile of the shared AWS config. Default: `AWS_PROFILE`, else `default`. */
  profile?: string
  /** A role to assume with the credentials found otherwise: its ARN, or more. Default: none. */
  role?: string | RoleToAssume
  /** Credentials, or a function that yields them. Default: the AWS SDK's default provider chain. */
  credentials?: Credentials
  /** The longest time that resolving credentials may take, in milliseconds, 2,147,483,647 at most. Default: 10,000. */
  timeoutMs?: number
  /**
   * Where to dial when that is not `host`: a tunnel, a port forward. `'localhost:15432'`, `{ host, port }`, or
   * the path of a Unix socket. The port's default is the endpoint's. Environment: `RDS_IAM_VIA`.
   */
  via?: string | Via
  /**
   * Whether to follow `host`'s CNAMEs, 8 at most, to the RDS endpoint, and to sign and verify for that one. Whoever
   * owns the DNS of `host` then chooses the database that gets the token, which is why it is off. Default: false.
   */
  cname?: boolean
  /** TLS is always on and always verifies chain and name. `ca`: PEM certificates trusted besides Amazon's. */
  ssl?: TargetTls
  /**
   * Encrypts, but lets *any* server receive the token. For a throw-away server whose certificate you can't
   * get; pass `ssl.ca` wherever you can. Default: false.
   */
  dangerouslySkipServerVerification?: boolean
}

/** What a target may say of TLS. */
export interface TargetTls {
  /** PEM, as text or bytes, one or several. Default: the RDS roots of the region, and Amazon's. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[]
}

/** An address to dial. */
export interface Via {
  /** A name or an IP address. */
  host: string
  /** Default: the endpoint's port. */
  port?: number
}
