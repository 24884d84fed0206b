// Options for pg (node-postgres): each connection asks for a token, and is verified before it gets one.
import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, PeerCertificate } from 'node:tls'
import type { PoolConfig } from 'pg'
import type { Driver } from '../connect/driver-options.ts'
import { explainRejection } from '../connect/login.ts'
import { type Asked, otherEndpoint } from '../connect/own-endpoint.ts'
import { dialled, dialledOnDemand, type Route, routeOf } from '../connect/route.ts'
import { addressOf, readSettings, type Settings } from '../connect/settings.ts'
import { assertVerified } from '../connect/verify.ts'
import { nodeTls } from '../node-modules.ts'
import { optionsError } from '../problems.ts'
import type { OrUndefined, Own } from '../target/own-options.ts'
import type { IamTarget } from '../target/target.ts'
import type { TokenSource } from '../token/token-source.ts'
import { isUnchanged } from '../trust/trust-store.ts'
import { type Client, type Connection, endIfReadOnly } from './pg-failover.ts'

/** A target, and any other option of `pg.Pool` and `pg.Client`. */
export type IamPgTarget = IamTarget &
  OrUndefined<Omit<PoolConfig, keyof IamTarget | 'password' | 'connectionString'>>

/** The options for pg that `iamPgConfig` returns. */
export interface IamPgConfig extends Own<PoolConfig> {
  /** The endpoint's. */
  host: string
  /** The endpoint's. */
  port: number
  /** The database user. */
  user: string
  /** Returns a token. pg calls it once per connection. */
  password: () => Promise<string>
  /** Verifies chain and name. */
  ssl: Required<Own<Pick<ConnectionOptions, 'rejectUnauthorized' | 'checkServerIdentity'>>> & {
    /** The certificates to trust, PEM. */
    ca: string[]
  }
  /** Creates a connection's socket. pg calls it with the options of the connection. */
  stream: (connection?: { ssl?: unknown }) => Duplex
}

const text = (option: string) => (value: string) => [option, value] as const
const number =
  (option: string, unit = 1) =>
  (value: string) =>
    [option, Number(value) * unit] as const

const PG: Driver = {
  engine: 'postgres',
  refused: {},
  // The parameters of pg-connection-string and pg, and those of libpq that have a counterpart in pg.
  params: {
    application_name: text('application_name'),
    fallback_application_name: text('fallback_application_name'),
    client_encoding: text('client_encoding'),
    options: text('options'),
    sslnegotiation: text('sslnegotiation'),
    statement_timeout: number('statement_timeout'),
    lock_timeout: number('lock_timeout'),
    query_timeout: number('query_timeout'),
    idle_in_transaction_session_timeout: number('idle_in_transaction_session_timeout'),
    connect_timeout: number('connectionTimeoutMillis', 1000),
    keepalives: (value) => ['keepAlive', value !== '0'],
    keepalives_idle: number('keepAliveInitialDelayMillis', 1000),
    connection_limit: number('max'),
    max: number('max'),
    schema: text('schema'), // Prisma's: pg ignores it, and iamPg() passes it to Prisma's adapter
  },
}

/**
 * Options for `new pg.Pool()` and `new pg.Client()`, and for libraries that pass options to pg, such as Kysely, Drizzle
 * and MikroORM. Other options of pg pass through.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamPgConfig } from '@rds-iam/core/pg'
 * import pg from 'pg'
 *
 * const pool = new pg.Pool(
 *   iamPgConfig({
 *     host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *     user: 'jane_doe',
 *     database: 'app',
 *     max: 20,
 *   }),
 * )
 * ```
 */
export function iamPgConfig(target: IamPgTarget = {}): IamPgConfig {
  const settings = readSettings(target, PG)
  const route = routeOf(settings)
  const ssl = tlsOptions(settings, route)
  return {
    ...settings.rest,
    ...addressOf(settings.endpoint),
    password: passwordFunction(route, settings.skipVerification),
    ssl,
    stream: streamFunction(settings, route, ssl),
  }
}

function tlsOptions({ trust, skipVerification }: Settings, route: Route): IamPgConfig['ssl'] {
  return {
    ca: [...trust.ca],
    rejectUnauthorized: !skipVerification, // explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off
    // pg may pass no name to TLS (for an IP address, in older versions), so the endpoint's name is used.
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      nodeTls().checkServerIdentity(route.endpoint.host, certificate),
  }
}

/** pg also takes a socket. */
type UserStream = ((connection?: object) => Duplex) | Duplex | undefined

function streamFunction({ rest, trust }: Settings, route: Route, ssl: object): IamPgConfig['stream'] {
  const { stream }: { stream?: UserStream } = rest
  const parseRoots = (): void => void trust.context
  return (connection) => {
    // Options of the connection's own, because the context in them must not get into a copy of the config.
    if (connection && isUnchanged(connection.ssl, ssl)) {
      connection.ssl = {
        ...ssl,
        get secureContext() {
          return trust.context
        },
      }
    }
    if (stream) return typeof stream === 'function' ? stream(connection) : stream
    // Libraries that speak the protocol without pg may use the socket directly: Effect writes to it without a connect().
    return connection ? dialledOnDemand(route, parseRoots) : dialled(route)
  }
}

function passwordFunction(route: Route, skipVerification: boolean): () => Promise<string> {
  // pg calls it as a method of the client that is logging in: `this.password()` in 8.11,
  // `this.password(this.connectionParameters)` since. There is no public way to the connection; should `this`
  // become something else, the connection still gets the token, because pg has verified it by `ssl`.
  async function password(this: unknown): Promise<string> {
    const connection = connectionOf(this)
    const { endpoint, source } = route
    try {
      const { host, port, user }: Asked = connection ? Object(this) : {}
      const other = otherEndpoint({ host, port, user }, route.own)
      if (other) throw other
      if (connection) assertVerified(connection.stream, endpoint, skipVerification)
      const token = await source.get()
      if (connection) explainRejections(connection, token, source)
      if (connection && route.writer) endIfReadOnly(this as Client, connection) // it has a connection, as clients do
      return token
    } catch (error) {
      // pg reports the error but leaves the socket open, which would keep a process alive for a minute.
      setImmediate(() => connection?.stream.destroy())
      throw error
    }
  }
  return Object.defineProperty(password, 'toString', { value: notText })
}

/** Code that turns the password function into text would send its source as the password. */
function notText(): never {
  const seen =
    'the function that returns a token was used as text, by pg.native (NODE_PG_FORCE_NATIVE) or in a URL'
  throw optionsError([{ option: 'password', seen, instead: 'use the JavaScript client of pg, with options' }])
}

function connectionOf(client: unknown): Connection | undefined {
  const connection: unknown = Object(client).connection
  return isConnection(connection) ? connection : undefined
}

function isConnection(value: unknown): value is Connection {
  return value instanceof EventEmitter && 'stream' in value
}

/** pg's connection emits each error message of the server before the client handles it. */
function explainRejections(connection: Connection, token: string, source: TokenSource): void {
  const explain = (error: unknown): void => explainRejection(error, token, source)
  connection.prependListener('errorMessage', explain)
  connection.once('readyForQuery', () => connection.off('errorMessage', explain))
}
