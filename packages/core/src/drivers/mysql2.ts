// Options for mysql2: an authentication plugin of ours answers each connection's request for the password.
import type { EventEmitter } from 'node:events'
import { isIP, type Socket } from 'node:net'
import type { AuthPlugin, PoolOptions, SslOptions } from 'mysql2'
import type { Endpoint } from '../endpoint.ts'
import { RdsIamError } from '../errors.ts'
import { explainRejection } from '../login.ts'
import { nodeTls } from '../node-modules.ts'
import { dialled, type Route, routeOf } from '../route.ts'
import { addressOf, type Driver, readSettings, type Settings } from '../settings.ts'
import type { IamTarget } from '../target.ts'
import { assertVerified, otherLogin, uncloned, withheld } from '../tls.ts'

/** A target, and whatever else mysql2's `createPool` and `createConnection` take. */
export type IamMysql2Target = IamTarget &
  Omit<PoolOptions, keyof IamTarget | PasswordOption | 'uri' | 'socketPath'>

/** What `iamMysql2Config` makes of a target: options for mysql2. */
export interface IamMysql2Config extends PoolOptions {
  /** The endpoint's. */
  host: string
  /** The endpoint's. */
  port: number
  /** The database user. */
  user: string
  /** Verifies chain and name. */
  ssl: VerifiedSsl
  /** Yours, and the one that hands out tokens. */
  authPlugins: TokenPlugins
}

/** TLS as mysql2 takes it, which verifies chain and name. */
export interface VerifiedSsl extends SslOptions {
  /** Whom to trust. */
  ca: string[]
  /** Whether the chain counts; it does. */
  rejectUnauthorized: boolean
  /** Whether mysql2 checks the name; where it can't, it is checked before the token is sent. */
  verifyIdentity: boolean
}

/** The authentication plugins that mysql2 may use. */
export interface TokenPlugins {
  [name: string]: AuthPlugin
  /** Answers with a token; mysql2 calls it once per connection. */
  mysql_clear_password: AuthPlugin
}

type PasswordOption = 'password' | 'password1' | 'password2' | 'password3' | 'passwordSha1'

const NO_PASSWORD = 'an IAM login has none (a token takes its place); remove it'

const MYSQL2: Driver = {
  engine: 'mysql',
  refused: {
    uri: 'would go past the endpoint; write it as url',
    socketPath: 'would go past the endpoint; write it as via',
    authSwitchHandler: 'would answer in place of the token; remove it',
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
      .map((name) => [name, (value: string) => [name, asJson(value)] as const]),
  ),
}

/**
 * Options for mysql2's `createPool()` and `createConnection()`, and for whatever hands options to mysql2.
 * What mysql2 takes besides passes through.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong
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
  return {
    ...others,
    ...addressOf(settings.endpoint),
    ssl: tlsOptions(settings),
    authPlugins: {
      ...Object.fromEntries(PASSWORD_LOGINS.map((plugin) => [plugin, refused(plugin, route)])),
      ...authPlugins,
      mysql_clear_password: clearPassword(route, settings.skipVerification),
    },
    ...(others.stream ? {} : { stream: () => keptAlive(dialled(route), others) }),
  }
}

function tlsOptions({ trust, endpoint, skipVerification, cname }: Settings): IamMysql2Config['ssl'] {
  // mysql2 checks the chain but not the name unless told to, and would check for an alias, or for "localhost" in place
  // of an IP address. There the name is checked before the token is sent.
  const verifyIdentity = isIP(endpoint.host) === 0 && !cname && !skipVerification
  // It parses the certificates once for this object, which Knex would clone for each of its pools.
  return uncloned({
    get ca() {
      // The check of the name takes a certificate: a new array each time keeps mysql2 from resuming sessions, which
      // show none.
      return verifyIdentity || skipVerification ? trust.ca : [...trust.ca]
    },
    rejectUnauthorized: !skipVerification,
    verifyIdentity,
  })
}

/** As mysql2 does with the sockets that it makes itself. */
function keptAlive(
  socket: Socket,
  { enableKeepAlive = true, keepAliveInitialDelay = 0 }: PoolOptions,
): Socket {
  return socket.setKeepAlive(enableKeepAlive, keepAliveInitialDelay)
}

/** mysql2 calls the plugin once per login, with the connection that is logging in. */
function clearPassword(route: Route, skipVerification: boolean): AuthPlugin {
  return (login) => {
    const { connection, command }: { connection: unknown; command: unknown } = login
    return async () => {
      try {
        const { endpoint, source } = route
        assertSecure(Object(connection), Object(command), endpoint, skipVerification)
        const token = await source.get()
        onError(command, (error) => explainRejection(error, token, source))
        return Buffer.from(`${token}\0`)
      } catch (error) {
        keepCode(error, command)
        throw error
      }
    }
  }
}

/** Without these, mysql2 would go on with an empty password, and wait for an answer. */
const PASSWORD_LOGINS = ['mysql_native_password', 'caching_sha2_password', 'sha256_password']

function refused(plugin: string, route: Route): AuthPlugin {
  return ({ command }: { command: unknown }) =>
    async () => {
      const { endpoint } = route
      const error = new RdsIamError(
        'ERR_RDS_IAM_INSECURE_CONNECTION',
        withheld(endpoint, otherLogin(plugin, endpoint.user)),
      )
      keepCode(error, command)
      throw error
    }
}

/** What mysql2's types lack of a connection, and of the handshake that is under way. */
interface Connection {
  readonly stream?: unknown
  readonly config?: { readonly host?: string; readonly ssl?: SslOptions | false }
}
interface Handshake {
  readonly user?: string
}

/** Throws unless mysql2 has gone over to TLS, and the server has proven to be the endpoint. */
function assertSecure(
  { stream, config }: Connection,
  { user }: Handshake,
  endpoint: Endpoint,
  skipVerification: boolean,
): void {
  // Until 3.15 mysql2 keeps the TLS socket to itself. But it names the user in the handshake when it sends its
  // credentials, which it does after TLS, having verified what `ssl` asks it to verify.
  const hidden = !(stream instanceof nodeTls().TLSSocket) && user !== undefined && config?.ssl
  if (hidden && (skipVerification || (hidden.rejectUnauthorized && hidden.verifyIdentity))) return
  if (hidden) {
    const reason = 'this version of mysql2 lets nobody check the certificate; use 3.15 or newer'
    throw new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, reason))
  }
  // A session that mysql2 resumes was made with a server whose name it checked, if it was told to.
  const checked = typeof config?.ssl === 'object' && config.ssl.verifyIdentity ? config.host : undefined
  assertVerified(stream, endpoint, skipVerification, checked)
}

/** mysql2 types the plugin's `command` as a string; it is the command under way, which emits the login's error. */
function onError(command: unknown, listener: (error: unknown) => void): void {
  if (isEmitter(command)) command.prependOnceListener('error', listener)
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof Object(value).prependOnceListener === 'function'
}

/** mysql2 writes AUTH_SWITCH_PLUGIN_ERROR over the code of whatever a plugin throws; ours is put back. */
function keepCode(error: unknown, command: unknown): void {
  if (!(error instanceof RdsIamError)) return
  const { code } = error
  onError(command, () => Object.assign(error, { code }))
}

/** As mysql2 reads the parameters of a URL. */
function asJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
