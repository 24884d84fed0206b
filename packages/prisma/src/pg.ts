// IAM login for Prisma on PostgreSQL, over @prisma/adapter-pg.
import { PrismaPg } from '@prisma/adapter-pg'
import { type IamTarget, type OrUndefined, ownOptions } from '@rds-iam/core'
import { type IamPgTarget, iamPgConfig } from '@rds-iam/core/pg'
import { readAdapterOptions } from './adapter-options.ts'

/** What `new PrismaPg()` takes as its first argument when that is neither a URL nor a pool. */
type PoolConfig = Exclude<ConstructorParameters<typeof PrismaPg>[0], string | { totalCount: number }>

/** What `new PrismaPg()` takes as its second argument. */
export type PrismaPgOptions = OrUndefined<NonNullable<ConstructorParameters<typeof PrismaPg>[1]>>

/** A target, and any other option that Prisma's adapter passes to `pg.Pool`. */
export type IamPg = IamTarget &
  OrUndefined<Omit<PoolConfig, keyof IamTarget | 'password' | 'connectionString'>>

/**
 * The `adapter` of a `PrismaClient` on PostgreSQL. Every connection of its pool logs in with a token that is
 * valid at that moment, over TLS that verifies the endpoint.
 *
 * @param target the target, and any other option of `pg.Pool`
 * @param options the options of Prisma's own adapter; `schema` may be in the URL instead
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
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
  // The adapter may come with another version of pg. The options are passed to that pg unchanged.
  const { schema, ...config } = ownOptions(
    iamPgConfig(target as IamPgTarget) as PoolConfig & { schema?: string },
  )
  return new PrismaPg(config, { ...(schema !== undefined && { schema }), ...readAdapterOptions(options) })
}
