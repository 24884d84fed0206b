// The options of a local RDS.
import type { AwsKey } from './admission.ts'
import type { Verdict } from './verdict.ts'

/** What {@link startLocalRds} takes. Only `engine` is needed. */
export interface LocalRdsOptions {
  /** `'mysql'` is the family: a `mysqld` or a `mariadbd`, whichever this machine has. */
  engine: 'postgres' | 'mysql'
  /** The address to listen on. Default: `'127.0.0.1'`. */
  host?: string
  /** The port to listen on. Default: a free one. */
  port?: number
  /**
   * What tokens must be signed for, and the name that the certificate bears. Default: `localhost` and the port
   * listened on. Another host makes a local server pass for an RDS endpoint whose clients dial by a tunnel.
   */
  endpoint?: LocalEndpoint
  /** What tokens must be signed for. Default: the one in the name of `endpoint.host`, else `'us-east-1'`. */
  region?: string
  /**
   * Who may log in by IAM. Default: `['iam_user']`. A server that is started here gets these users: in PostgreSQL
   * they may create databases, the first owns {@link LocalRdsOptions.database}, and all are members of `rds_iam`;
   * in MySQL they have all privileges.
   */
  users?: readonly string[]
  /** Created in a server that is started here. Default: the one that `upstream` names, else `'app'`. */
  database?: string
  /**
   * The access keys that may sign tokens: a list, or a function from a key's id to the key, asked at each login, so
   * that a test can rotate keys. Default: one random key, see {@link LocalRds.env}.
   */
  keys?: readonly AwsKey[] | ((accessKeyId: string) => AwsKey | undefined)
  /** The gate's clock: milliseconds since the epoch. Default: `Date.now`, looked up at each use. */
  now?: () => number
  /**
   * A server that runs already, `postgres://user:password@host:port/database` or `mysql://…`, reached without TLS;
   * none is started then. Clients are logged in there as the URL's user, or as themselves and without a password
   * when it names none. Its `users` and `database` are taken to exist. Default: none.
   */
  upstream?: string | URL
  /**
   * MySQL: whether the auth-switch packet carries 20 bytes of data and a NUL after the plugin's name, as MySQL's
   * does, or nothing at all, as Aurora's. Default: `true`.
   */
  authSwitchData?: boolean
  /** How long a client may take to log in, in milliseconds. Default: `10_000`. */
  loginTimeoutMs?: number
  /** Called once for each login attempt, before the client learns of the verdict. */
  onVerdict?: (verdict: Verdict) => void
}

/** What tokens must be signed for. */
export interface LocalEndpoint {
  /** A name or an IPv4 address. Default: `localhost`. */
  host?: string
  /** Default: the port listened on. */
  port?: number
}

/** A server that runs already. */
export interface Upstream {
  host: string
  port: number
  user: string | undefined
  password: string
}

/** The options, complete. */
export interface Settings {
  engine: 'postgres' | 'mysql'
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
  onVerdict: ((verdict: Verdict) => void) | undefined
}
