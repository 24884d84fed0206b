// IAM login for Prisma on MySQL and MariaDB, over @prisma/adapter-mariadb.
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { IamTarget } from '@rds-iam/core'
import { type IamMariaDbTarget, iamMariaDbConfig, watchLogins } from '@rds-iam/core/mariadb'

/** What `new PrismaMariaDb()` takes as its first argument when that is neither a URL nor a pool. */
type PoolConfig = Exclude<ConstructorParameters<typeof PrismaMariaDb>[0], string | { getConnection: unknown }>

/** What `new PrismaMariaDb()` takes as its second argument. */
export type PrismaMariaDbOptions = NonNullable<ConstructorParameters<typeof PrismaMariaDb>[1]>

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
export function iamMariaDb(target: IamMariaDb = {}, options: PrismaMariaDbOptions = {}): PrismaMariaDb {
  return new PromptMariaDb(target, options)
}

/** Prisma's adapter, but a rejected login is reported as itself and at once, not as two timeouts of 10 s. */
class PromptMariaDb extends PrismaMariaDb {
  readonly #target: IamMariaDb
  readonly #options: PrismaMariaDbOptions

  constructor(target: IamMariaDb, options: PrismaMariaDbOptions) {
    super(asPoolConfig(iamMariaDbConfig(asMariaDbTarget(target))), options)
    this.#target = target
    this.#options = options
  }

  override async connect(): ReturnType<PrismaMariaDb['connect']> {
    const logins = watchLogins(asMariaDbTarget(this.#target))
    // The adapter makes its pool, and asks the server's version through it, before anyone can reach that pool.
    const connecting = new PrismaMariaDb(asPoolConfig(logins.config), this.#options).connect()
    try {
      const adapter = await Promise.race([connecting, logins.failed])
      logins.reportTo(adapter.underlyingDriver())
      return adapter
    } catch (error) {
      logins.giveUp(error)
      connecting.then(
        (late) => late.dispose(),
        () => {},
      )
      throw error
    }
  }
}

// The adapter comes with a mariadb of its own version, whose types differ a little from those that core knows.
// What the target holds is handed to that mariadb as it is, so its own types are the right ones.
function asMariaDbTarget(target: object): IamMariaDbTarget {
  return target as IamMariaDbTarget
}
function asPoolConfig(config: unknown): PoolConfig {
  return config as PoolConfig
}
