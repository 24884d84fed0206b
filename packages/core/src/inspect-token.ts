// What a login's token would say: for programs that explain.
import { resolveCredentials } from './credentials.ts'
import { routeOf } from './route.ts'
import { readSettings } from './settings.ts'
import type { IamTarget } from './target.ts'
import { dateOf, shownKeyId, TOKEN_LIFE_MS } from './token.ts'

/** What a token says of itself, and when it really ends. Nothing in it helps to log in. */
export interface TokenInspection {
  /** The endpoint that it is signed for, which RDS compares with its own; an IPv6 address without brackets. */
  readonly host: string
  /** The endpoint's port. */
  readonly port: number
  /** Who may log in with it. */
  readonly user: string
  /** The region that it is signed for. */
  readonly region: string
  /** First and last 4 characters of the access key id. */
  readonly keyId: string
  /** By the clock of this machine, to the second. */
  readonly signedAt: Date
  /** 15 minutes after signing, or when its credentials end, if that is sooner. */
  readonly endsAt: Date
  /** Of the whole token, in characters: what a password prompt that cuts off must not be shorter than. */
  readonly length: number
}

/**
 * Signs a token as a login to the target would, and tells what it says, but not the token itself.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, `ERR_RDS_IAM_ALIAS`, `ERR_RDS_IAM_SIGNING`, or why there are no credentials
 * @example
 * ```ts
 * import { inspectToken } from '@rds-iam/core'
 *
 * const { host, port, user, endsAt } = await inspectToken()
 * console.log(`${user} may log in at ${host}:${port} until ${endsAt.toISOString()}`)
 * ```
 */
export async function inspectToken(target: IamTarget = {}): Promise<TokenInspection> {
  const settings = readSettings(target)
  const route = routeOf(settings)
  await route.settle()
  const [token, { endAt }] = await Promise.all([route.source.get(), resolveCredentials(settings.identity)])
  // The token is what would be sent; the endpoint is only what it was meant to be.
  const { searchParams, hostname, port } = new URL(`https://${token}`)
  const [key = '', , region = ''] = (searchParams.get('X-Amz-Credential') ?? '').split('/')
  const signedAt = dateOf(token)
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 443 : Number(port),
    user: searchParams.get('DBUser') ?? '',
    region,
    keyId: shownKeyId(key),
    signedAt: new Date(signedAt),
    endsAt: new Date(Math.min(signedAt + TOKEN_LIFE_MS, endAt ?? Number.POSITIVE_INFINITY)),
    length: token.length,
  }
}
