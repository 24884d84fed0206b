// IAM login for Prisma's CLI: the URL to write into prisma.config.ts.
import { type DatabaseUrlOptions, type IamTarget, iamDatabaseUrl } from '@rds-iam/core'

/**
 * The URL for `datasource` in `prisma.config.ts`, with a fresh token as its password and full verification of
 * the server. It is good for 15 minutes at most: for a run of the CLI. The client takes `iamPg()` or
 * `iamMariaDb()`, which ask for a token per connection. With `for: 'libpq'` or `for: 'mysql'` it is written for
 * those instead.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, or why no token could be signed
 * @example
 * ```ts
 * import { iamDatasourceUrl } from '@rds-iam/prisma'
 *
 * // export default defineConfig({ datasource: { url: … } })
 * const url = await iamDatasourceUrl({
 *   host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *   port: 5432,
 *   user: 'jane_doe',
 *   database: 'app',
 * })
 * ```
 */
export function iamDatasourceUrl(target: IamTarget = {}, options: DatabaseUrlOptions = {}): Promise<string> {
  return iamDatabaseUrl(target, options)
}
