// Options for mariadb: the hook that makes a connection's socket also sets that connection's password.
import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { LoggerConfig, PoolConfig, StreamCallback } from 'mariadb'
import type { DialAddress, Endpoint } from '../endpoint.ts'
import { RdsIamError } from '../errors.ts'
import { explainRejection } from '../login.ts'
import { type Route, routeOf } from '../route.ts'
import { addressOf, type Driver, readSettings, type Settings } from '../settings.ts'
import type { IamTarget } from '../target.ts'
import { otherLogin, withheld } from '../tls.ts'
import type { TokenSource } from '../token-source.ts'

/** A target, and whatever else mariadb's `createPool` and `createConnection` take. */
export type IamMariaDbTarget = IamTarget & Omit<PoolConfig, keyof IamTarget | 'password' | 'socketPath'>

/** What `iamMariaDbConfig` makes of a target: options for mariadb. */
export interface IamMariaDbConfig extends PoolConfig {
  host: string
  port: number
  user: string
  ssl: VerifiedTls
  stream: Stream
}

/** mariadb hands all of it to tls.connect, although its types show a part only. */
interface VerifiedTls extends ConnectionOptions {
  rejectUnauthorized: boolean
}

type Stream = NonNullable<PoolConfig['stream']>

const MARIADB: Driver = {
  engine: 'mysql',
  refused: { socketPath: 'would go past the endpoint; write it as via' },
  params: Object.fromEntries(
    [
      'charset',
      'collation',
      'timezone',
      'compress',
      'multipleStatements',
      'dateStrings',
      'bigIntAsNumber',
      'decimalAsNumber',
    ]
      .concat([
        'connectTimeout',
        'socketTimeout',
        'queryTimeout',
        'connectionLimit',
        'acquireTimeout',
        'idleTimeout',
      ])
      .concat([
        'initializationTimeout',
        'minimumIdle',
        'minDelayValidation',
        'leakDetectionTimeout',
        'rowsAsArray',
      ])
      .map((name) => [name, (value: string) => [name, asNumberOrBoolean(value)] as const]),
  ),
}

/** A token is for the plugin that RDS asks for, and for no other. */
const TOKEN_AUTH: readonly string[] = ['mysql_clear_password']

const DEFAULTS = {
  // mariadb gives a connection one second, which resolving credentials may take alone.
  connectTimeout: 10_000,
  // A redirect would send the token to a host that it is not signed for. (mariadb's types lack the option.)
  permitRedirect: false,
}

/**
 * Options for mariadb's `createPool()` and `createConnection()`, and for whatever hands options to mariadb.
 * What mariadb takes besides passes through. `connectTimeout` is 10 s unless you set it.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong
 * @example
 * ```ts
 * import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
 * import mariadb from 'mariadb'
 *
 * const pool = mariadb.createPool(
 *   iamMariaDbConfig({
 *     host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *     user: 'jane_doe',
 *     database: 'app',
 *     connectionLimit: 20,
 *   }),
 * )
 * ```
 */
export function iamMariaDbConfig(target: IamMariaDbTarget = {}): IamMariaDbConfig {
  const settings = readSettings(target, MARIADB)
  const { stream, ...others }: PoolConfig = settings.rest
  return {
    ...DEFAULTS,
    ...others,
    ...addressOf(settings.endpoint),
    ssl: tlsOptions(settings),
    stream: loginStream(routeOf(settings), settings.skipVerification, stream),
  }
}

function tlsOptions({ trust, endpoint, skipVerification }: Settings): VerifiedTls {
  return {
    secureContext: trust.context,
    // Without a `ca`, mariadb 3.5 switches verification off for MariaDB servers from 11.4.1 on.
    ca: trust.ca,
    rejectUnauthorized: !skipVerification,
    // mariadb hands no name to TLS, which would then check for "localhost".
    ...(isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {}),
  }
}

/** The options of one connection, a copy that mariadb makes for it. */
interface ConnectionOwn {
  password: string
  /** The plugins that the server may ask for: 3.5 looks at its greeting too, 3.4 at later demands only. */
  restrictedAuth?: readonly string[]
  ssl: ConnectionOptions
  logger: LoggerConfig
}

/**
 * The driver has no password function, but it calls `stream` once per connection, as a method of that
 * connection's own options (`this.opts.stream(callback)`, in 3.4 and 3.5), and waits for the callback.
 */
function loginStream(route: Route, skipVerification: boolean, userStream: Stream | undefined): Stream {
  const prepared = async (own: ConnectionOwn): Promise<DialAddress> => {
    const address = await route.settle()
    const { endpoint, source } = route
    prepare(own, await source.get(), source, endpoint, skipVerification)
    return address
  }
  return function stream(this: unknown, callback: StreamCallback): void {
    // `this` holds what the driver's own types don't show; what we touch is listed in ConnectionOwn.
    prepared(this as ConnectionOwn).then(
      (address) =>
        userStream
          ? userStream(callback)
          : callback(undefined, dialledForOneGreeting(address, route.endpoint)),
      (error: Error) => callback(error),
    )
  }
}

/**
 * Before TLS a server says its greeting, and no more. On anything else mariadb emits an error that nobody can listen
 * to yet, which would end the process; so it does not get to see it.
 */
function dialledForOneGreeting(address: DialAddress, endpoint: Endpoint): Socket {
  const socket = connect(address).setNoDelay(true)
  const push = socket.push.bind(socket)
  let begun = Buffer.alloc(0)
  // Once there is TLS, what comes goes past here.
  return Object.assign(socket, {
    push: (chunk: Buffer | null): boolean => {
      begun = chunk === null ? begun : Buffer.concat([begun, chunk])
      const greeting = begun.length < 4 ? Number.POSITIVE_INFINITY : 4 + begun.readUIntLE(0, 3)
      if (begun.length <= greeting) return push(chunk)
      const error = 'the server went on without TLS after its greeting'
      socket.destroy(new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, error)))
      return false
    },
  })
}

function prepare(
  own: ConnectionOwn,
  token: string,
  source: TokenSource,
  endpoint: Endpoint,
  skipVerification: boolean,
): void {
  let distrusted = skipVerification ? undefined : 'its certificate is not trusted'
  own.password = skipVerification ? token : ''
  // mariadb 3.4 completes TLS with any server that says it is MariaDB, and then sends the password. So it has none,
  // and goes on with no login, until Node, having verified the chain, asks whether the name is right: too late for
  // any other server.
  const verify = (_name: string, certificate: PeerCertificate): Error | undefined => {
    const mismatch = checkServerIdentity(endpoint.host, certificate)
    distrusted = mismatch && `its certificate is for another server (${mismatch.message})`
    if (!mismatch) Object.assign(own, { password: token, restrictedAuth: TOKEN_AUTH })
    return mismatch
  }
  own.ssl = {
    ...own.ssl,
    get checkServerIdentity() {
      own.restrictedAuth ??= skipVerification ? TOKEN_AUTH : [] // this is read when TLS begins
      return verify
    },
  }
  // A failed login goes to the logger before it is reported anywhere else, and nothing else sees it per connection.
  const { error: log } = own.logger
  own.logger = {
    ...own.logger,
    error: (error) => {
      const plugin = refusedPlugin(error)
      if (distrusted !== undefined) {
        if (plugin !== undefined || blamesTheServer(error)) error.message = withheld(endpoint, distrusted)
      } else if (plugin !== undefined) error.message = withheld(endpoint, otherLogin(plugin, endpoint.user))
      else explainRejection(error, token, source)
      log?.(error)
    },
  }
}

/** mariadb 3.4 says "Either set `ssl: { rejectUnauthorized: false }`" where the server is not who it should be. */
function blamesTheServer(error: unknown): boolean {
  const { errno, code }: { errno?: unknown; code?: unknown } = Object(error)
  return errno === 1045 || /^ER_SELF_SIGNED|^ER_TLS_IDENTITY/.test(String(code))
}

/** The plugin that a server asked for, and mariadb refused. */
function refusedPlugin({ message }: Error): string | undefined {
  return /Unsupported authentication plugin (\S+)\. Authorized/.exec(message)?.[1]
}

function asNumberOrBoolean(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d+$/.test(value) ? Number(value) : value
}
