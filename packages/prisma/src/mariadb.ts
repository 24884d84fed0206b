// IAM login for Prisma on MySQL and MariaDB, over @prisma/adapter-mariadb.
import { PrismaMariaDb, type PrismaMariadbOptions } from '@prisma/adapter-mariadb'
import type { IamTarget } from '@rds-iam/core'
import { failFast, type IamMariaDbTarget, iamMariaDbConfig } from '@rds-iam/core/mariadb'

/** What `new PrismaMariaDb()` takes as its first argument when that is neither a URL nor a pool. */
type PoolConfig = Exclude<ConstructorParameters<typeof PrismaMariaDb>[0], string | { getConnection: unknown }>

/** A target, and whatever else Prisma's adapter hands to mariadb's `createPool`. */
export type IamMariaDb = IamTarget & Omit<PoolConfig, keyof IamTarget | 'password' | 'socketPath'>

/**
 * The `adapter` of a `PrismaClient` on MySQL or MariaDB. Every connection of its pool logs in with a token that
 * is good at that moment, over TLS that verifies the endpoint.
 *
 * @param target the target, and whatever else mariadb's `createPool` takes
 * @param options the options of Prisma's own adapter
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong
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
export function iamMariaDb(target: IamMariaDb = {}, options: PrismaMariadbOptions = {}): PrismaMariaDb {
  return new PromptMariaDb(target, options)
}

/** Prisma's adapter, but a rejected login is reported as itself and at once, not as two timeouts of 10 s. */
class PromptMariaDb extends PrismaMariaDb {
  readonly #target: IamMariaDb
  readonly #options: PrismaMariadbOptions

  constructor(target: IamMariaDb, options: PrismaMariadbOptions) {
    super(poolConfig(target), options)
    this.#target = target
    this.#options = options
  }

  override async connect(): ReturnType<PrismaMariaDb['connect']> {
    const login = watchedLogin(this.#target)
    // The adapter makes its pool, and asks the server's version through it, before anyone can reach that pool.
    const connecting = new PrismaMariaDb(login.config, this.#options).connect()
    try {
      const adapter = await Promise.race([connecting, login.rejected])
      failFast(adapter.underlyingDriver())
      return adapter
    } catch (error) {
      login.giveUp(error)
      connecting.then(
        (late) => late.dispose(),
        () => {},
      )
      throw error
    }
  }
}

interface WatchedLogin {
  readonly config: PoolConfig
  /** Rejected with the first rejected login. */
  readonly rejected: Promise<never>
  /** Keeps a pool that nobody waits for any more from trying again. */
  giveUp(error: unknown): void
}

function watchedLogin(target: IamMariaDb): WatchedLogin {
  let reject: (error: Error) => void = () => {}
  const rejected = new Promise<never>((_, settle) => {
    reject = settle
  })
  rejected.catch(() => {}) // later rejections are told to those who wait for a connection then
  const error = (failure: Error & { errno?: number }): void => {
    if (failure.errno === 1045) reject(failure)
    target.logger?.error?.(failure)
  }
  const { stream, ...config } = poolConfig({ ...target, logger: { ...target.logger, error } })
  let given: Error | undefined
  return {
    config: {
      ...config,
      // Called by the driver as a method of the connection's own options, which the hook below it needs.
      stream(this: unknown, callback) {
        if (given) callback?.(given)
        else stream.call(this, callback)
      },
    },
    rejected,
    giveUp: (reason) => {
      given = reason instanceof Error ? reason : new Error(String(reason))
    },
  }
}

/**
 * The adapter comes with a mariadb of its own version, whose types differ a little from ours; what the target
 * holds is handed to that mariadb as it is.
 */
function poolConfig(target: IamMariaDb): PoolConfig & Required<Pick<PoolConfig, 'stream'>> {
  const passed: unknown = target
  const config: unknown = iamMariaDbConfig(passed as IamMariaDbTarget)
  return config as PoolConfig & Required<Pick<PoolConfig, 'stream'>>
}
