// Options for pg (node-postgres): each connection asks for its own token, and is verified before it gets it.
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { ConnectionOptions, PeerCertificate } from 'node:tls'
import type { PoolConfig } from 'pg'
import { explainRejection } from '../login.ts'
import { nodeTls } from '../node-modules.ts'
import { dialledOnDemand, type Route, routeOf } from '../route.ts'
import { addressOf, type Driver, readSettings, type Settings } from '../settings.ts'
import type { IamTarget } from '../target.ts'
import { assertVerified } from '../tls.ts'
import type { TokenSource } from '../token-source.ts'

/** A target, and whatever else `pg.Pool` and `pg.Client` take. */
export type IamPgTarget = IamTarget & Omit<PoolConfig, keyof IamTarget | 'password' | 'connectionString'>

/** What `iamPgConfig` makes of a target: options for pg. */
export interface IamPgConfig extends PoolConfig {
  /** The endpoint's. */
  host: string
  /** The endpoint's. */
  port: number
  /** The database user. */
  user: string
  /** Yields a token; pg calls it once per connection. */
  password: () => Promise<string>
  /** Verifies chain and name. */
  ssl: Required<Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized' | 'checkServerIdentity'>>
}

const text = (option: string) => (value: string) => [option, value] as const
const number =
  (option: string, unit = 1) =>
  (value: string) =>
    [option, Number(value) * unit] as const

const PG: Driver = {
  engine: 'postgres',
  refused: {
    // pg lets a connection string win over the password function, which then is never called.
    connectionString: 'would switch the token off; write it as url',
  },
  // What pg-connection-string and pg know, and what of libpq's parameters has a counterpart in pg.
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
    schema: text('schema'), // Prisma's: pg ignores it, and iamPg() hands it to Prisma's adapter
  },
}

/**
 * Options for `new pg.Pool()` and `new pg.Client()`, and for whatever hands options to pg: Kysely, Drizzle,
 * MikroORM. What pg takes besides passes through.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong
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
  return {
    ...settings.rest,
    ...addressOf(settings.endpoint),
    password: passwordFunction(route, settings.skipVerification),
    ssl: tlsOptions(settings, route),
    ...(settings.rest.stream ? {} : { stream: () => dialledOnDemand(route) }),
  }
}

function tlsOptions({ trust, skipVerification }: Settings, route: Route): IamPgConfig['ssl'] {
  return {
    secureContext: trust.context,
    rejectUnauthorized: !skipVerification, // said aloud, or NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off
    // The name that pg hands to TLS may be missing (an IP address, in older versions); the endpoint's counts.
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      nodeTls().checkServerIdentity(route.endpoint.host, certificate),
  }
}

function passwordFunction(route: Route, skipVerification: boolean): () => Promise<string> {
  // pg calls it as a method of the client that is logging in: `this.password()` in 8.11,
  // `this.password(this.connectionParameters)` since. There is no public way to the connection; should `this`
  // become something else, the token is still handed out, to a connection that pg has verified by `ssl`.
  return async function password(this: unknown): Promise<string> {
    const connection = connectionOf(this)
    const { endpoint, source } = route
    try {
      if (connection) assertVerified(connection.stream, endpoint, skipVerification)
      const token = await source.get()
      if (connection) explainRejections(connection, token, source)
      return token
    } catch (error) {
      // pg reports the error but leaves the socket open, which would keep a process alive for a minute.
      setImmediate(() => connection?.stream.destroy())
      throw error
    }
  }
}

type Connection = EventEmitter & { readonly stream: Socket }

function connectionOf(client: unknown): Connection | undefined {
  const connection: unknown = Object(client).connection
  return isConnection(connection) ? connection : undefined
}

function isConnection(value: unknown): value is Connection {
  return value instanceof EventEmitter && 'stream' in value
}

/** pg's connection emits each error message of the server before the client makes something of it. */
function explainRejections(connection: Connection, token: string, source: TokenSource): void {
  const explain = (error: unknown): void => explainRejection(error, token, source)
  connection.prependListener('errorMessage', explain)
  connection.once('readyForQuery', () => connection.off('errorMessage', explain))
}
