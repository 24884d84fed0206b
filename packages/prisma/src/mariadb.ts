// IAM login for Prisma on MySQL and MariaDB, over @prisma/adapter-mariadb.
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { IamTarget, OrUndefined, Own } from '@rds-iam/core'
import {
  type IamMariaDbConfig,
  type IamMariaDbTarget,
  iamMariaDbConfig,
  type WatchedLogins,
  watchLogins,
} from '@rds-iam/core/mariadb'
import { readAdapterOptions } from './adapter-options.ts'
import { watchTimers } from './timers.ts'

/** What `new PrismaMariaDb()` takes as its first argument when that is neither a URL nor a pool. */
type PoolConfig = Exclude<ConstructorParameters<typeof PrismaMariaDb>[0], string | { getConnection: unknown }>

/** What `new PrismaMariaDb()` takes as its second argument. */
export type PrismaMariaDbOptions = OrUndefined<NonNullable<ConstructorParameters<typeof PrismaMariaDb>[1]>>

/** A target, and any other option that Prisma's adapter passes to mariadb's `createPool`. */
export type IamMariaDb = IamTarget &
  OrUndefined<Omit<PoolConfig, keyof IamTarget | 'password' | 'socketPath'>>

/**
 * The `adapter` of a `PrismaClient` on MySQL or MariaDB. Every connection of its pool logs in with a token that
 * is valid at that moment, over TLS that verifies the endpoint.
 *
 * @param target the target, and any other option of mariadb's `createPool`
 * @param options the options of Prisma's own adapter
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamMariaDb } from '@rds-iam/prisma/mariadb'
 *
 * // new PrismaClient({ adapter })
 * const adapter = iamMariaDb({
 *   host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *   user: 'jane_doe',
 *   database: 'app',
 * })
 * ```
 */
export function iamMariaDb(target: IamMariaDb = {}, options: PrismaMariaDbOptions = {}): PrismaMariaDb {
  return new PromptMariaDb(target, readAdapterOptions(options))
}

/** Prisma's adapter, and the logins of the pools that it creates. */
interface Connector {
  readonly prisma: PrismaMariaDb
  readonly logins: WatchedLogins
}

/** Prisma's adapter, but it reports a rejected login at once, instead of two timeouts of 10 s. */
class PromptMariaDb extends PrismaMariaDb {
  readonly #config: IamMariaDbConfig
  readonly #options: Own<PrismaMariaDbOptions>
  /** The first that has connected. It knows the server's version, so later clients don't ask for it. */
  #connected: Connector | undefined

  constructor(target: IamMariaDb, options: Own<PrismaMariaDbOptions>) {
    const config = iamMariaDbConfig(asMariaDbTarget(target))
    super(asPoolConfig(config), options)
    this.#config = config
    this.#options = options
  }

  override async connect(): ReturnType<PrismaMariaDb['connect']> {
    if (!this.#connected) return await this.#connectFirst()
    const { prisma, logins } = this.#connected
    const adapter = await prisma.connect()
    const pool = logins.reportTo(adapter.underlyingDriver())
    try {
      const connection = await pool.getConnection()
      await connection.release()
    } catch (error) {
      // The server may be reachable later. Prisma's adapter connects all the same.
      if (isTimeout(error)) return adapter
      await adapter.dispose()
      throw asPrismaError(error)
    }
    return adapter
  }

  async #connectFirst(): ReturnType<PrismaMariaDb['connect']> {
    const logins = watchLogins(this.#config)
    const prisma = new PrismaMariaDb(asPoolConfig(logins.config), this.#options)
    // The adapter creates its pool, and asks for the server's version, before other code can access the pool.
    const timers = watchTimers(() => prisma.connect())
    const connecting = timers.value
    connecting.then(timers.stop, timers.stop)
    try {
      const adapter = await Promise.race([connecting, logins.failed])
      const pool = logins.reportTo(adapter.underlyingDriver())
      // Without a connection, the adapter has assumed an old version, which must not stay.
      if (pool.totalConnections() > 0) this.#connected ??= { prisma, logins }
      return adapter
    } catch (error) {
      logins.giveUp(error)
      // The pool can be ended only once the adapter returns it, after `acquireTimeout`. Nothing waits for that.
      timers.release()
      connecting.then(
        (late) => late.dispose(),
        () => {},
      )
      throw asPrismaError(error)
    }
  }
}

function isTimeout(error: unknown): boolean {
  const { code }: { code?: unknown } = Object(error)
  return code === 'ER_GET_CONNECTION_TIMEOUT'
}

const ACCESS_DENIED = 1045

/** A rejected login as Prisma's engines report it: `P1000`, with the driver's error in `meta` and as `cause`. */
function asPrismaError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { errno, sqlMessage, iam }: { errno?: unknown; sqlMessage?: unknown; iam?: { user?: unknown } } =
    Object(error)
  if (errno !== ACCESS_DENIED) return error
  const cause = {
    kind: 'AuthenticationFailed',
    user: iam?.user,
    originalCode: String(errno),
    originalMessage: sqlMessage,
  }
  return Object.assign(new Error(error.message, { cause: error }), {
    code: 'P1000',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  })
}

// The adapter depends on its own version of mariadb. Its types differ a little from those that core knows.
// The other options are passed to that mariadb unchanged, so its own types are the right ones.
function asMariaDbTarget(target: object): IamMariaDbTarget {
  return target as IamMariaDbTarget
}
function asPoolConfig(config: unknown): PoolConfig {
  return config as PoolConfig
}
