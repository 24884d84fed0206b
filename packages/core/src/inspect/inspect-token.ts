// The contents of a login's token: for programs that explain it.

import { routeOf } from '../connect/route.ts'
import { readSettings } from '../connect/settings.ts'
import type { IamTarget } from '../target/target.ts'
import { resolveCredentials } from '../token/credentials.ts'
import { dateOf, shownKeyId, TOKEN_LIFE_MS } from '../token/token.ts'

/** The contents of a token, and when it really expires. Nothing in it helps to log in. */
export interface TokenInspection {
  /** The endpoint that it is signed for, which the service compares with its own; an IPv6 address without brackets. */
  readonly host: string
  /** The endpoint's port. Undefined for Aurora DSQL, because its tokens contain none. */
  readonly port: number | undefined
  /** The user who can log in with it. Undefined if any but `admin` can, as with Aurora DSQL's `DbConnect`. */
  readonly user: string | undefined
  /** The region that it is signed for. */
  readonly region: string
  /** First and last 4 characters of the access key ID. */
  readonly keyId: string
  /** By the clock of this machine, to the second. */
  readonly signedAt: Date
  /** 15 minutes after signing, or when its credentials expire, if that is sooner. */
  readonly endsAt: Date
  /** The length of the token in characters. A password prompt must accept at least as many. */
  readonly length: number
}

/**
 * Signs a token as a login to the target would, and returns its contents, but not the token itself.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, `ERR_RDS_IAM_ALIAS`, `ERR_RDS_IAM_SIGNING`, or why there are no credentials
 * @example
 * ```ts
 * import { inspectToken } from '@rds-iam/core'
 *
 * const { host, keyId, endsAt } = await inspectToken()
 * console.log(`${keyId} may log in at ${host} until ${endsAt.toISOString()}`)
 * ```
 */
export async function inspectToken(target: IamTarget = {}): Promise<TokenInspection> {
  const settings = readSettings(target)
  const route = routeOf(settings)
  await route.settle()
  const [token, { endAt }] = await Promise.all([route.source.get(), resolveCredentials(settings.identity)])
  // Read from the token, because that is what would be sent, not from the endpoint it was meant for.
  const { searchParams, hostname, port } = new URL(`https://${token}`)
  const [key = '', , region = '', service] = (searchParams.get('X-Amz-Credential') ?? '').split('/')
  const signedAt = dateOf(token)
  const isDsql = service === 'dsql'
  const dsqlUser = searchParams.get('Action') === 'DbConnectAdmin' ? 'admin' : undefined
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: isDsql ? undefined : Number(port || 443), // a URL has no port 443
    user: isDsql ? dsqlUser : (searchParams.get('DBUser') ?? ''),
    region,
    keyId: shownKeyId(key),
    signedAt: new Date(signedAt),
    endsAt: new Date(Math.min(signedAt + TOKEN_LIFE_MS, endAt ?? Number.POSITIVE_INFINITY)),
    length: token.length,
  }
}
