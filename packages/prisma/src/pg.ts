// IAM login for Prisma on PostgreSQL, over @prisma/adapter-pg.
import { PrismaPg } from '@prisma/adapter-pg'
import type { IamTarget } from '@rds-iam/core'
import { type IamPgTarget, iamPgConfig } from '@rds-iam/core/pg'

/** What `new PrismaPg()` takes as its first argument when that is neither a URL nor a pool. */
type PoolConfig = Exclude<ConstructorParameters<typeof PrismaPg>[0], string | { totalCount: number }>

/** What `new PrismaPg()` takes as its second argument. */
export type PrismaPgOptions = NonNullable<ConstructorParameters<typeof PrismaPg>[1]>

/** A target, and whatever else Prisma's adapter hands to `pg.Pool`. */
export type IamPg = IamTarget & Omit<PoolConfig, keyof IamTarget | 'password' | 'connectionString'>

/**
 * The `adapter` of a `PrismaClient` on PostgreSQL. Every connection of its pool logs in with a token that is
 * good at that moment, over TLS that verifies the endpoint.
 *
 * @param target the target, and whatever else `pg.Pool` takes
 * @param options the options of Prisma's own adapter; `schema` may stand in the URL as well
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong
 * @example
 * ```ts
 * import { iamPg } from '@rds-iam/prisma/pg'
 *
 * // new PrismaClient({ adapter })
 * const adapter = iamPg({
 *   host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *   user: 'jane_doe',
 *   database: 'app',
 * })
 * ```
 */
export function iamPg(target: IamPg = {}, options: PrismaPgOptions = {}): PrismaPg {
  // The adapter may come with a pg of its own version; what it takes is handed to that pg as it is.
  const { schema, ...config } = iamPgConfig(target as IamPgTarget) as PoolConfig & { schema?: string }
  return new PrismaPg(config, schema === undefined ? options : { schema, ...options })
}
