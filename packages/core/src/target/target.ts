// The options of a target: the database, and who logs in. They are the same for every ORM and driver.

/** The database's protocol family: `mysql` includes MySQL, MariaDB and Aurora MySQL. */
export type Engine = 'postgres' | 'mysql'

/** AWS credentials, as the clients of the AWS SDK take them. */
export interface AwsCredentials {
  /** The access key ID, which is not a secret. */
  readonly accessKeyId: string
  /** The secret access key. */
  readonly secretAccessKey: string
  /** The session token of temporary credentials. */
  readonly sessionToken?: string
  /** When temporary credentials expire. Default: they don't. */
  readonly expiration?: Date
}

/** AWS credentials, or a function that returns them, such as any provider of the AWS SDK. */
export type Credentials = GivenCredentials | (() => Promise<GivenCredentials>)

/** Like {@link AwsCredentials}. A field that is `undefined` counts as absent. */
export interface GivenCredentials extends Pick<AwsCredentials, 'accessKeyId' | 'secretAccessKey'> {
  /** The session token of temporary credentials. */
  readonly sessionToken?: string | undefined
  /** When temporary credentials expire. Default: they don't. */
  readonly expiration?: Date | undefined
}

/** A role to assume before signing, with the credentials that are found without it. */
export interface RoleToAssume {
  /** `arn:aws:iam::123456789012:role/db-login` */
  arn: string
  /** The external ID that the role's trust policy asks for. Default: none. */
  externalId?: string | undefined
  /** The session's name in CloudTrail. Default: `rds-iam`. */
  sessionName?: string | undefined
}

/**
 * The database to log in to, and with which AWS identity.
 *
 * Fields override the URL, and the URL overrides the environment. What neither of them contains is read from the
 * variables of the engine's own clients: `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, or `MYSQL_HOST`, `MYSQL_TCP_PORT`,
 * `MYSQL_USER`, `MYSQL_DATABASE`. Without `url` and `host`, the URL is `DATABASE_URL`. A field that is undefined counts
 * as absent.
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
  /** `postgres://user@host:port/database` or `mysql://…`, without a password. The other fields override it. */
  url?: string | URL | undefined
  /** Default: from the driver, the URL's scheme, a `host` of Aurora DSQL, or the port (5432, 3306). */
  engine?: Engine | undefined
  /**
   * The endpoint of RDS, or of an Aurora DSQL cluster: `ID.dsql.REGION.on.aws`. Tokens are signed for it, and the server's
   * certificate must be for it.
   */
  host?: string | undefined
  /** The endpoint's port. Default: 5432 for PostgreSQL, 3306 for MySQL. Aurora DSQL uses only 5432. */
  port?: number | undefined
  /** The database user, who must be enabled for IAM login. In Aurora DSQL, `admin` is the cluster's administrator. */
  user?: string | undefined
  /** The database. Default: the driver's; `postgres` for Aurora DSQL. */
  database?: string | undefined
  /** Default: read from `host`, else `AWS_REGION`, `AWS_DEFAULT_REGION`, else the profile's region. */
  region?: string | undefined
  /** A profile in the shared AWS config. Default: `AWS_PROFILE`, else `default`. */
  profile?: string | undefined
  /** A role to assume with the credentials that are found without it: its ARN, or more. Default: none. */
  role?: string | RoleToAssume | undefined
  /** Credentials, or a function that returns them. Default: the AWS SDK's default provider chain. */
  credentials?: Credentials | undefined
  /** How long resolving credentials may take, in milliseconds, up to 2,147,483,647. Default: 10,000. */
  timeoutMs?: number | undefined
  /**
   * The address to connect to instead of `host`, such as a tunnel: `'localhost:15432'`, `{ host, port }`, or the path
   * of a Unix socket. Default of the port: the endpoint's port. Environment: `RDS_IAM_VIA`.
   */
  via?: string | Via | undefined
  /**
   * Whether to follow up to 8 CNAMEs from `host` to the RDS endpoint, and to sign and verify for that endpoint. Anyone who
   * controls the DNS of `host` can then choose the database that receives the token. Default: false.
   */
  cname?: boolean | undefined
  /**
   * Whether `host` points to the writer, which may change. If so, a connection is closed when its server turns out to be
   * read-only, and the pool's next one finds the new writer. Default: true for the writer endpoints of clusters and of
   * global databases, else false.
   */
  writer?: boolean | undefined
  /** TLS is always on, and always verifies the chain and the name. `ca` adds trusted PEM certificates. */
  ssl?: TargetTls | true | undefined
  /**
   * Encrypts the connection, but lets *any* server receive the token. For a throw-away server, if you can't get its
   * certificate. If you have it, pass it in `ssl.ca` instead. Default: false.
   */
  dangerouslySkipServerVerification?: boolean | undefined
}

/** The TLS options of a target. */
export interface TargetTls {
  /** PEM certificates to trust in addition to the built-in roots: Amazon's, and for RDS the region's. Default: none. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** Always true. You can leave it out. */
  rejectUnauthorized?: true | undefined
}

/** An address to connect to. */
export interface Via {
  /** A name or an IP address. */
  host: string
  /** Default: the endpoint's port. */
  port?: number | undefined
}
