// Options for mariadb. mariadb-login.ts gives each connection its token.
import type { ConnectionOptions } from 'node:tls'
import type { PoolConfig } from 'mariadb'
import { type Driver, PRISMA_MYSQL_PARAMS } from '../connect/driver-options.ts'
import { routeOf } from '../connect/route.ts'
import { addressOf, readSettings, type Settings } from '../connect/settings.ts'
import type { OrUndefined } from '../target/own-options.ts'
import type { IamTarget } from '../target/target.ts'
import { ipVersion } from '../target/values.ts'
import { type LoginStream, loginStream } from './mariadb-login.ts'

/** A target, and any other option of mariadb's `createPool` and `createConnection`. */
export type IamMariaDbTarget = IamTarget &
  OrUndefined<Omit<PoolConfig, keyof IamTarget | 'password' | 'socketPath'>>

/** The options for mariadb that `iamMariaDbConfig` returns. */
export interface IamMariaDbConfig extends PoolConfig {
  host: string
  port: number
  user: string
  ssl: VerifiedTls
  stream: LoginStream
}

/** mariadb passes all of it to tls.connect(), although its types contain only a part. */
interface VerifiedTls extends ConnectionOptions {
  ca: string[]
  rejectUnauthorized: boolean
}

const MARIADB: Driver = {
  engine: 'mysql',
  refused: {
    restrictedAuth: { seen: 'is already set, to the plugin that takes a token', instead: 'remove it' },
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
      .map((name): [string, Driver['params'][string]] => [name, (value) => [name, asNumberOrBoolean(value)]])
      .concat(Object.entries(PRISMA_MYSQL_PARAMS)),
  ),
}

const DEFAULTS = {
  // mariadb's default is one second, which resolving credentials alone may take.
  connectTimeout: 10_000,
  // A redirect would send the token to a host that it isn't signed for. (mariadb's types lack the option.)
  permitRedirect: false,
}

/**
 * Options for mariadb's `createPool()` and `createConnection()`, and for libraries that pass options to mariadb. Other
 * options of mariadb pass through. `connectTimeout` is 10 s unless you set it.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
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
  const route = routeOf(settings)
  const ssl = tlsOptions(settings)
  return {
    ...DEFAULTS,
    ...others,
    ...addressOf(settings.endpoint),
    ssl,
    stream: loginStream(route, settings, ssl, stream),
  }
}

function tlsOptions({ trust, endpoint, skipVerification }: Settings): VerifiedTls {
  return {
    // Without a `ca`, mariadb 3.5 switches verification off for MariaDB servers from 11.4.1 on.
    ca: [...trust.ca],
    rejectUnauthorized: !skipVerification,
    // mariadb passes no name to TLS, which would then check for "localhost".
    ...(ipVersion(endpoint.host) === 0 ? { servername: endpoint.host } : {}),
  }
}

function asNumberOrBoolean(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d+$/.test(value) ? Number(value) : value
}
