// mariadb's pool hides a failed login behind a timeout of 10 s. This pool reports it at once.
import type { StreamCallback } from 'mariadb'
import { RdsIamError } from '../errors.ts'
import { type IamMariaDbConfig, type IamMariaDbTarget, iamMariaDbConfig } from './mariadb-config.ts'

type Statement = (...args: never[]) => Promise<unknown>

interface Statements {
  query: Statement
  execute: Statement
  batch: Statement
  importFile: Statement
}

interface AnyConnection extends Statements {
  release(): Promise<unknown>
  rollback(): Promise<unknown>
  destroy(): void
}

/** The part of mariadb's pool that is used here. The types of its versions differ in the rest. */
interface AnyPool extends Statements {
  getConnection(): Promise<AnyConnection>
  totalConnections(): number
}

/**
 * A pool of the driver mariadb that reports a login that can't succeed at once, to everyone who waits for a connection:
 * the server rejected it, there are no credentials, or the server isn't the endpoint. By itself, mariadb's pool retries
 * for 10 s (`acquireTimeout`), and then reports a timeout. While connections are open, callers keep waiting, because one
 * of them may become free.
 *
 * @param driver the module `mariadb`
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamMariaDbPool } from '@rds-iam/core/mariadb'
 * import mariadb from 'mariadb'
 *
 * const pool = iamMariaDbPool(mariadb, { host: 'db.abc.eu-central-1.rds.amazonaws.com', user: 'jane_doe' })
 * ```
 */
export function iamMariaDbPool<P extends AnyPool>(
  driver: { createPool(config: IamMariaDbConfig): P },
  target: IamMariaDbTarget = {},
): P {
  const logins = watchLogins(iamMariaDbConfig(target))
  return logins.reportTo(driver.createPool(logins.config))
}

/** The logins of the pools that other code creates with the same options. */
export interface WatchedLogins {
  /** The options to create a pool with. */
  readonly config: IamMariaDbConfig
  /** Rejected with the first login that can't succeed; never fulfilled. */
  readonly failed: Promise<never>
  /** Makes the pools fail with `reason` from now on, and stop connecting. */
  giveUp(reason: unknown): void
  /** Changes a pool in place, so that callers who wait for a connection get the error of a failed login. */
  reportTo<P extends AnyPool>(pool: P): P
}

/**
 * Options for pools that a library creates, and the logins of those pools. To create a pool yourself, use
 * {@link iamMariaDbPool}.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamMariaDbConfig, watchLogins } from '@rds-iam/core/mariadb'
 * import mariadb, { type Pool, type PoolConfig } from 'mariadb'
 *
 * // A library that asks for the server's version before it returns its pool.
 * async function connect(config: PoolConfig): Promise<Pool> {
 *   const pool = mariadb.createPool(config)
 *   await pool.query('SELECT version()')
 *   return pool
 * }
 *
 * const config = iamMariaDbConfig({ host: 'db.abc.eu-central-1.rds.amazonaws.com', user: 'jane_doe' })
 * const logins = watchLogins(config)
 * const pool = await Promise.race([connect(logins.config), logins.failed])
 * logins.reportTo(pool)
 * ```
 */
export function watchLogins(config: IamMariaDbConfig): WatchedLogins {
  const listeners = new Set<(error: Error) => void>()
  const failed = new Promise<never>((_, reject) => void listeners.add(reject))
  failed.catch(() => {}) // a listener is optional

  const hear = (failure: Error): void => {
    if (isFinal(failure)) for (const listener of listeners) listener(failure)
  }
  // mariadb rolls back a borrowed connection when it is released, but not after the pool's shortcuts such as query(). Our
  // shortcuts borrow a connection, so we have to distinguish the two.
  const rollsBack = !config.noControlAfterUse && !config.resetAfterUse
  let given: Error | undefined
  return {
    config: {
      ...config,
      ...(rollsBack ? { noControlAfterUse: true } : {}),
      // The driver calls it as a method of the connection's own options, which the hook below needs.
      stream(this: unknown, callback: StreamCallback) {
        if (given) callback(given)
        else Reflect.apply(config.stream, this, [callback, hear])
      },
    },
    failed,
    giveUp: (reason) => {
      given = reason instanceof Error ? reason : new Error(String(reason))
    },
    reportTo: (pool) => reporting(pool, listeners, rollsBack),
  }
}

function reporting<P extends AnyPool>(
  pool: P,
  listeners: Set<(error: Error) => void>,
  rollsBack: boolean,
): P {
  const acquire = pool.getConnection.bind(pool)
  const borrow = (): Promise<AnyConnection> =>
    new Promise((resolve, reject) => {
      const hear = (error: Error): void => {
        if (pool.totalConnections() === 0) settle(() => reject(error))
      }
      const settle = (act: () => void): void => {
        if (listeners.delete(hear)) act()
      }
      listeners.add(hear)
      acquire().then(
        (connection) => {
          // A caller that got an error won't release a connection.
          if (!listeners.has(hear)) void connection.release()
          settle(() => resolve(connection))
        },
        (error) => settle(() => reject(error)),
      )
    })
  // The pool's own shortcuts don't call getConnection, and a statement that waits in them can't be withdrawn.
  const borrowing =
    (name: keyof Statements) =>
    async (...args: unknown[]): Promise<unknown> => {
      const connection = await borrow()
      try {
        return await Reflect.apply(connection[name], connection, args)
      } finally {
        await connection.release()
      }
    }
  return Object.assign(pool, {
    getConnection: async () => {
      const connection = await borrow()
      if (rollsBack) rollBack(connection)
      return connection
    },
    query: borrowing('query'),
    execute: borrowing('execute'),
    batch: borrowing('batch'),
    importFile: borrowing('importFile'),
  })
}

/** Rolls back an open transaction when the connection is released, as mariadb's pool does. */
function rollBack(connection: AnyConnection): void {
  const giveBack = connection.release
  const release = async (): Promise<void> => {
    try {
      await connection.rollback() // sends nothing when no transaction is open
    } catch {
      connection.destroy()
      return
    }
    await giveBack()
  }
  Object.assign(connection, { release, end: release, close: release })
}

/** Whether retrying is pointless: the server rejected the login, or rds-iam or TLS refused the server. */
function isFinal(error: unknown): boolean {
  const { errno, code, cause }: { errno?: unknown; code?: unknown; cause?: unknown } = Object(error)
  return (
    (error instanceof RdsIamError && error.code !== 'ERR_RDS_IAM_TOKEN_DROPPED') ||
    errno === 1045 ||
    code === 'ER_NOT_SUPPORTED_AUTH_PLUGIN' ||
    /CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(String(code)) || // https://nodejs.org/api/tls.html#x509-certificate-error-codes
    (cause !== undefined && isFinal(cause))
  )
}
