// createTokenSource(): tokens for a target.

import type { IamTarget } from '../target/target.ts'
import type { TokenSource } from '../token/token-source.ts'
import { routeOf } from './route.ts'
import { readSettings } from './settings.ts'

/**
 * Returns tokens for one endpoint and identity, for any library that takes a password function.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, at once, if the target is incomplete or wrong
 * @example
 * ```ts
 * import { createTokenSource } from '@rds-iam/core'
 *
 * const tokens = createTokenSource({ url: 'postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app' })
 * const password = await tokens.get() // call it for every connection: never keep a token
 * ```
 */
export function createTokenSource(target: IamTarget = {}): TokenSource {
  const route = routeOf(readSettings(target))
  if (route.direct) return route.source
  // The host may be an alias of an RDS endpoint. RDS rejects tokens that are signed for an alias.
  return {
    get endpoint() {
      return route.endpoint
    },
    get: async () => {
      await route.settle()
      return route.source.get()
    },
    invalidate: (token) => route.source.invalidate(token),
  }
}
