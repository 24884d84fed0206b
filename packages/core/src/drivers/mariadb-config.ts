// Options for mariadb: what it takes, and TLS. How a connection gets its token is mariadb-login.ts.
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { PoolConfig } from 'mariadb'
import { routeOf } from '../route.ts'
import { addressOf, type Driver, readSettings, type Settings } from '../settings.ts'
import type { IamTarget } from '../target.ts'
import { loginStream, type Stream } from './mariadb-login.ts'

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

const MARIADB: Driver = {
  engine: 'mysql',
  refused: {
    socketPath: 'would go past the endpoint; write it as via',
    restrictedAuth: 'is set to the plugin that takes a token; remove it',
  },
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

function asNumberOrBoolean(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d+$/.test(value) ? Number(value) : value
}
