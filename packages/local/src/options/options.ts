// The options of a local RDS.
import type { AwsKey, Service } from '../admission/admission.ts'
import type { Verdict } from '../admission/verdict.ts'

/** The options of {@link startLocalRds}. Only `engine` is required. An option that is `undefined` counts as left out. */
export interface LocalRdsOptions {
  /** `'mysql'` means MySQL or MariaDB: it runs `mysqld` or `mariadbd`, whichever this machine has. */
  engine: 'postgres' | 'mysql'
  /** The address to listen on. Default: `'127.0.0.1'`. */
  host?: string | undefined
  /** The port to listen on. Default: a free one. */
  port?: number | undefined
  /**
   * The endpoint that tokens must be signed for. The certificate is issued for its host. Default: `localhost` and the
   * listening port. With another host, the local server acts as that RDS endpoint behind a tunnel. With the host of an
   * Aurora DSQL cluster, `ID.dsql.REGION.on.aws`, it accepts tokens for DSQL instead.
   */
  endpoint?: LocalEndpoint | undefined
  /** The region that tokens must be signed for. Default: the one in `endpoint.host`, else `'us-east-1'`. */
  region?: string | undefined
  /**
   * The users who may log in with IAM. Default: `['iam_user']`, for Aurora DSQL `['admin']`. They are created in a
   * server that is started here. In PostgreSQL they are members of `rds_iam` and may create databases, and the first
   * one owns {@link LocalRdsOptions.database}. In MySQL they have all privileges.
   */
  users?: readonly string[] | undefined
  /**
   * The database to create in a server that is started here. Default: the database in `upstream`, otherwise `'app'`,
   * or `'postgres'` for Aurora DSQL.
   */
  database?: string | undefined
  /**
   * The access keys that may sign tokens: a list, or a function that takes a key's ID and returns the key. The function
   * is called for each login, so a test can rotate keys. Default: one random key; see {@link LocalRds.env}.
   */
  keys?: readonly AwsKey[] | ((accessKeyId: string) => AwsKey | undefined) | undefined
  /** The gate's clock, in milliseconds since the epoch. Default: `Date.now`, looked up at each use. */
  now?: (() => number) | undefined
  /**
   * The URL of a running server to use instead of starting one: `postgres://user:password@host:port/database` or
   * `mysql://…`. The gate connects to it without TLS and logs every client in as the URL's user. If the URL has no
   * user, it logs clients in as themselves, without a password. `users` and `database` must exist there. Default: none.
   */
  upstream?: string | URL | undefined
  /**
   * MySQL: whether the auth-switch packet contains 20 bytes of data and a NUL after the plugin's name, as MySQL's does,
   * or nothing, as Aurora's. Default: `true`.
   */
  authSwitchData?: boolean | undefined
  /** How long a client may take to log in, in milliseconds. Default: `10_000`. */
  loginTimeoutMs?: number | undefined
  /**
   * Called once for each login attempt, before the client learns the verdict. If it throws or rejects, the process
   * gets a warning and the login continues.
   */
  onVerdict?: ((verdict: Verdict) => unknown) | undefined
}

/** The endpoint that tokens must be signed for. */
export interface LocalEndpoint {
  /** A name or an IPv4 address. Default: `localhost`. */
  host?: string | undefined
  /** Default: the listening port, for Aurora DSQL 5432. */
  port?: number | undefined
}

/** A server that is already running. */
export interface Upstream {
  host: string
  port: number
  user: string | undefined
  password: string
}

/** The options, checked and with defaults. */
export interface Settings {
  engine: 'postgres' | 'mysql'
  service: Service
  host: string
  port: number
  endpoint: { host: string; port: number | undefined }
  region: string
  users: readonly [string, ...string[]]
  database: string
  keys: readonly AwsKey[] | ((accessKeyId: string) => AwsKey | undefined)
  now: () => number
  upstream: Upstream | undefined
  authSwitchData: boolean
  loginTimeoutMs: number
  onVerdict: ((verdict: Verdict) => unknown) | undefined
}
