// IAM login for Prisma on MySQL and MariaDB, over @prisma/adapter-mariadb.
import { PrismaMariaDb, type PrismaMariadbOptions } from '@prisma/adapter-mariadb'
import type { IamTarget } from '@rds-iam/core'
import { type IamMariaDbTarget, iamMariaDbConfig } from '@rds-iam/core/mariadb'

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
  // The adapter comes with a mariadb of its own version, whose types differ a little from ours; what the target
  // holds is handed to that mariadb as it is.
  const passed: unknown = target
  const config: unknown = iamMariaDbConfig(passed as IamMariaDbTarget)
  return new PrismaMariaDb(config as PoolConfig, options)
}
