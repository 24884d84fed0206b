// Options for mysql2: our authentication plugin answers when the server asks for the password.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AuthPlugin, PoolOptions, SslOptions } from 'mysql2'
import { type Driver, NO_PASSWORD, PRISMA_MYSQL_PARAMS } from '../connect/driver-options.ts'
import type { Asked } from '../connect/own-endpoint.ts'
import { dialled, type Route, routeOf } from '../connect/route.ts'
import { addressOf, readSettings, type Settings } from '../connect/settings.ts'
import type { OrUndefined } from '../target/own-options.ts'
import type { IamTarget } from '../target/target.ts'
import { ipVersion } from '../target/values.ts'
import { isUnchanged } from '../trust/trust-store.ts'
import { clearPassword, refusedPlugins } from './mysql2-login.ts'

/** A target, and any other option of mysql2's `createPool` and `createConnection`. */
export type IamMysql2Target = IamTarget &
  OrUndefined<Omit<PoolOptions, keyof IamTarget | PasswordOption | 'uri' | 'socketPath'>>

/** The options for mysql2 that `iamMysql2Config` returns. */
export interface IamMysql2Config extends PoolOptions {
  /** The endpoint's. */
  host: string
  /** The endpoint's. */
  port: number
  /** The database user. */
  user: string
  /** Verifies chain and name. */
  ssl: VerifiedSsl
  /** Your plugins, and the one that sends tokens. */
  authPlugins: TokenPlugins
  /** Creates a connection's socket. mysql2 calls it with the options of the connection. */
  stream: (connection: { config: ConnectionOptions }) => Duplex
}

/** The options of a mysql2 connection that matter here. */
interface ConnectionOptions extends Asked {
  readonly socketPath?: unknown
  ssl?: unknown
}

/** TLS as mysql2 takes it, which verifies chain and name. */
export interface VerifiedSsl extends SslOptions {
  /** The certificates to trust. */
  ca: string[]
  /** Whether the chain is verified. Always true. */
  rejectUnauthorized: boolean
  /** Whether mysql2 checks the name. If it can't, rds-iam checks it before it sends the token. */
  verifyIdentity: boolean
}

/** The authentication plugins that mysql2 may use. */
export interface TokenPlugins {
  [name: string]: AuthPlugin
  /** Answers with a token; mysql2 calls it once per connection. */
  mysql_clear_password: AuthPlugin
}

type PasswordOption = 'password' | 'password1' | 'password2' | 'password3' | 'passwordSha1'

const MYSQL2: Driver = {
  engine: 'mysql',
  refused: {
    authSwitchHandler: { seen: 'would replace the token', instead: 'remove it' },
    password1: NO_PASSWORD,
    passwordSha1: NO_PASSWORD,
  },
  params: Object.fromEntries(
    [
      'charset',
      'timezone',
      'connectTimeout',
      'connectionLimit',
      'maxIdle',
      'idleTimeout',
      'queueLimit',
      'waitForConnections',
    ]
      .concat([
        'supportBigNumbers',
        'bigNumberStrings',
        'decimalNumbers',
        'dateStrings',
        'multipleStatements',
        'flags',
      ])
      .concat([
        'namedPlaceholders',
        'rowsAsArray',
        'compress',
        'enableKeepAlive',
        'keepAliveInitialDelay',
        'jsonStrings',
      ])
      .map((name): [string, Driver['params'][string]] => [name, (value) => [name, asJson(value)]])
      .concat(Object.entries(PRISMA_MYSQL_PARAMS)),
  ),
}

/**
 * Options for mysql2's `createPool()` and `createConnection()`, and for libraries that pass options to mysql2. Other
 * options of mysql2 pass through.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamMysql2Config } from '@rds-iam/core/mysql2'
 * import mysql from 'mysql2/promise'
 *
 * const pool = mysql.createPool(
 *   iamMysql2Config({
 *     host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *     user: 'jane_doe',
 *     database: 'app',
 *     connectionLimit: 20,
 *   }),
 * )
 * ```
 */
export function iamMysql2Config(target: IamMysql2Target = {}): IamMysql2Config {
  const settings = readSettings(target, MYSQL2)
  const route = routeOf(settings)
  const { authPlugins, ...others }: PoolOptions = settings.rest
  const ssl = tlsOptions(settings)
  return {
    ...others,
    ...addressOf(settings.endpoint),
    ssl,
    authPlugins: {
      ...refusedPlugins(route),
      ...authPlugins,
      mysql_clear_password: clearPassword(route, settings.skipVerification),
    },
    stream: streamFunction(settings, route, ssl),
  }
}

function tlsOptions({ trust, endpoint, skipVerification, cname }: Settings): VerifiedSsl {
  return {
    ca: [...trust.ca],
    rejectUnauthorized: !skipVerification,
    // By default, mysql2 checks the chain but not the name, and would check for an alias, or for "localhost"
    // instead of an IP address. In these cases, our plugin checks the name before it sends the token.
    verifyIdentity: ipVersion(endpoint.host) === 0 && !cname && !skipVerification,
  }
}

type Stream = IamMysql2Config['stream']

/** mysql2 also takes a socket. */
type UserStream = Stream | Duplex | undefined

function streamFunction(settings: Settings, route: Route, ssl: VerifiedSsl): Stream {
  const { stream, ...others }: { stream?: UserStream } & Omit<PoolOptions, 'stream'> = settings.rest
  const shared = sharedTls(settings, ssl)
  return (connection) => {
    const { config } = connection
    if (isUnchanged(config.ssl, ssl)) config.ssl = shared
    if (stream) return typeof stream === 'function' ? stream(connection) : stream
    const { host, port, user, socketPath } = config
    return keptAlive(dialled(route, { host: socketPath ?? host, port, user }), others)
  }
}

/** mysql2 parses the certificates once for this object, even if the config was copied. */
function sharedTls({ trust, skipVerification }: Settings, ssl: VerifiedSsl): VerifiedSsl {
  if (ssl.verifyIdentity || skipVerification) return { ...ssl }
  // The check of the name takes a certificate: a new array each time keeps mysql2 from resuming sessions, which
  // show none.
  return Object.defineProperty({ ...ssl }, 'ca', { get: () => [...trust.ca] })
}

/** mysql2 does the same with its own sockets. */
function keptAlive(
  socket: Socket,
  { enableKeepAlive = true, keepAliveInitialDelay = 0 }: PoolOptions,
): Socket {
  return socket.setKeepAlive(enableKeepAlive, keepAliveInitialDelay)
}

/** As mysql2 reads the parameters of a URL. */
function asJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
