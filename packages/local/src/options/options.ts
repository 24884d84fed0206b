// The options of a local RDS.
import type { AwsKey, Service } from '../admission/admission.ts'
import type { Verdict } from '../admission/verdict.ts'

/** The options of {@link startLocalRds}. Only `engine` is required. An option that is `undefined` counts as absent. */
export interface LocalRdsOptions {
  /** `'mysql'` stands for MySQL and MariaDB: it runs a `mysqld` or a `mariadbd`, whichever this machine has. */
  engine: 'postgres' | 'mysql'
  /** The address to listen on. Default: `'127.0.0.1'`. */
  host?: string | undefined
  /** The port to listen on. Default: a free one. */
  port?: number | undefined
  /**
   * The endpoint that tokens must be signed for, and whose name the certificate bears. Default: `localhost` and the
   * port listened on. With another host, the local server stands in for that RDS endpoint, reached through a tunnel.
   * With a host of Aurora DSQL, `ID.dsql.REGION.on.aws`, it accepts tokens for DSQL instead.
   */
  endpoint?: LocalEndpoint | undefined
  /** The region that tokens must be signed for. Default: the one in `endpoint.host`, else `'us-east-1'`. */
  region?: string | undefined
  /**
   * The users who may log in by IAM. Default: `['iam_user']`, for Aurora DSQL `['admin']`. A server that is started here gets these users. In
   * PostgreSQL they are members of `rds_iam` and may create databases, and the first one owns
   * {@link LocalRdsOptions.database}. In MySQL they have all privileges.
   */
  users?: readonly string[] | undefined
  /**
   * The database to create in a server that is started here. Default: the one that `upstream` names, else `'app'`, for
   * Aurora DSQL `'postgres'`.
   */
  database?: string | undefined
  /**
   * The access keys that may sign tokens: a list, or a function from a key's id to the key. The function is called at
   * each login, so a test can rotate keys. Default: one random key, see {@link LocalRds.env}.
   */
  keys?: readonly AwsKey[] | ((accessKeyId: string) => AwsKey | undefined) | undefined
  /** The gate's clock: milliseconds since the epoch. Default: `Date.now`, looked up at each use. */
  now?: (() => number) | undefined
  /**
   * A server that is already running, `postgres://user:password@host:port/database` or `mysql://…`. No other server is
   * started then. The gate connects to it without TLS and logs clients in as the URL's user, or as themselves with no
   * password if the URL names no user. `users` and `database` must exist there. Default: none.
   */
  upstream?: string | URL | undefined
  /**
   * MySQL: whether the auth-switch packet carries 20 bytes of data and a NUL after the plugin's name, as MySQL's does,
   * or nothing at all, as Aurora's. Default: `true`.
   */
  authSwitchData?: boolean | undefined
  /** How long a client may take to log in, in milliseconds. Default: `10_000`. */
  loginTimeoutMs?: number | undefined
  /**
   * Called once for each login attempt, before the client learns of the verdict. If it throws or rejects, the process
   * gets a warning and the login goes on.
   */
  onVerdict?: ((verdict: Verdict) => unknown) | undefined
}

/** The endpoint that tokens must be signed for. */
export interface LocalEndpoint {
  /** A name or an IPv4 address. Default: `localhost`. */
  host?: string | undefined
  /** Default: the port listened on, for Aurora DSQL 5432. */
  port?: number | undefined
}

/** A server that is already running. */
export interface Upstream {
  host: string
  port: number
  user: string | undefined
  password: string
}

/** The options, checked and complete. */
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
