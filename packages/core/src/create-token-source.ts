// A token source for a target, as users make one.
import { routeOf } from './route.ts'
import { readSettings } from './settings.ts'
import type { IamTarget } from './target.ts'
import type { TokenSource } from './token-source.ts'

/**
 * Yields tokens for one endpoint and identity: for anything that takes a password function.
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
  // The host may be an alias of an RDS endpoint, which tokens are not signed for.
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
