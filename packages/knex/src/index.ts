// IAM login for Knex: the object to use as `connection`.
import { createTokenSource, engineOf, type IamTarget, type OrUndefined } from '@rds-iam/core'
import { type IamMysql2Target, iamMysql2Config } from '@rds-iam/core/mysql2'
import { type IamPgTarget, iamPgConfig } from '@rds-iam/core/pg'
import type { Knex } from 'knex'
import { forOneClient } from './wrong-client.ts'

type Replaced = keyof IamTarget | 'password' | 'passwordSha1' | 'connectionString' | 'uri' | 'socketPath'

/** A target, and any other option of Knex's `connection` for `pg` or `mysql2`. */
export type IamConnection = IamTarget &
  OrUndefined<Omit<Knex.PgConnectionConfig, Replaced> | Omit<Knex.MySql2ConnectionConfig, Replaced>>

/**
 * The `connection` of a Knex configuration with `client: 'pg'` or `client: 'mysql2'`. Every connection that
 * Knex's pool opens logs in with a token that is valid at that moment, over TLS that verifies the endpoint.
 *
 * It is an object, not a function, so Knex knows the host and the database before the first connection. It
 * survives Knex's cloning: `knex.withUserParams()`, `destroy()` and `initialize()`, migrations.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamConnection } from '@rds-iam/knex'
 * import knex from 'knex'
 *
 * const db = knex({
 *   client: 'pg',
 *   connection: iamConnection({
 *     host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *     port: 5432,
 *     user: 'jane_doe',
 *     database: 'app',
 *   }),
 * })
 * ```
 */
export function iamConnection(
  target: IamConnection = {},
): Knex.PgConnectionConfig | Knex.MySql2ConnectionConfig {
  const engine = engineOf(target)
  // Without an engine this throws, and reports it together with everything else that is wrong.
  if (engine === undefined) createTokenSource(target)
  // Knex passes the object to its driver unchanged. Its own types of the drivers' options are a little older and
  // stricter than the drivers' types, and these casts bridge only that difference.
  const config: unknown =
    engine === 'mysql'
      ? forOneClient(iamMysql2Config(target as IamMysql2Target), engine)
      : forOneClient(iamPgConfig(target as IamPgTarget), 'postgres')
  return config as Knex.PgConnectionConfig | Knex.MySql2ConnectionConfig
}
