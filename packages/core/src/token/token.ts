// One token: what is signed for an endpoint, and how long the result is valid.

import { RdsIamError } from '../errors.ts'
import { reasonOf } from '../foreign-error.ts'
import type { Endpoint } from '../target/endpoint.ts'
import { hostAndPort } from '../target/via.ts'
import { timeNow } from './clock.ts'
import type { Resolution } from './credentials.ts'
import { presign, type UnsignedRequest } from './sigv4.ts'

export interface Token {
  readonly value: string
  readonly accessKeyId: string
  /** The number of the resolution that returned the key. */
  readonly resolution: number
  /** The token's own date, in milliseconds since the epoch. */
  readonly signedAt: number
  /** When it expires: 15 minutes after signing, or with its credentials if they expire sooner. */
  readonly endAt: number
}

/** RDS: "The authentication token has a lifetime of 15 minutes". For Aurora DSQL, it is the default of AWS's signers. */
export const TOKEN_LIFE_MS = 900_000

/** Signs a token for the endpoint. @throws RdsIamError `ERR_RDS_IAM_SIGNING` */
export function signToken(endpoint: Endpoint, { number, credentials, endAt }: Resolution): Token {
  const { host, port, user } = endpoint
  const now = timeNow()
  let value: string
  try {
    const request = endpoint.kind === 'dsql' ? dsqlRequest(endpoint) : rdsRequest(endpoint)
    value = presign(request, credentials, now)
  } catch (cause) {
    const message = `The token for ${user} at ${host}:${port} could not be signed: ${reasonOf(cause)}`
    throw new RdsIamError('ERR_RDS_IAM_SIGNING', message, { cause })
  }
  const signedAt = Math.floor(now / 1000) * 1000 // the token's date has no milliseconds
  const ownEnd = signedAt + TOKEN_LIFE_MS
  return {
    value,
    accessKeyId: credentials.accessKeyId,
    resolution: number,
    signedAt,
    endAt: Math.min(ownEnd, endAt ?? ownEnd),
  }
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
export function rdsRequest(endpoint: Endpoint): UnsignedRequest {
  const { user, region } = endpoint
  return {
    host: hostAndPort(endpoint), // as in a Host header
    service: 'rds-db',
    region,
    query: { Action: 'connect', DBUser: user },
    expiresSeconds: TOKEN_LIFE_MS / 1000,
  }
}

/**
 * Aurora DSQL signs neither port nor user: the action says whether `admin` logs in.
 * https://docs.aws.amazon.com/aurora-dsql/latest/userguide/SECTION_authentication-token.html
 */
function dsqlRequest({ host, user, region }: Pick<Endpoint, 'host' | 'user' | 'region'>): UnsignedRequest {
  return {
    host,
    service: 'dsql',
    region,
    query: { Action: user === 'admin' ? 'DbConnectAdmin' : 'DbConnect' },
    expiresSeconds: TOKEN_LIFE_MS / 1000,
  }
}

/** The facts about a token that may be shown. None of them helps to log in. */
export interface TokenFacts {
  /** First and last 4 characters of the access key ID: enough to tell keys apart. */
  readonly keyId: string
  /** How long ago it was signed, in milliseconds. */
  readonly ageMs: number
}

export function tokenFacts(token: string): TokenFacts {
  const keyId = /[?&]X-Amz-Credential=([^&%]+)/.exec(token)?.[1] ?? ''
  return { keyId: shownKeyId(keyId), ageMs: Date.now() - dateOf(token) }
}

export function shownKeyId(accessKeyId: string): string {
  return accessKeyId.length > 8 ? `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}` : '…'
}

/** The token's `X-Amz-Date=20260101T000000Z`. It is exact even if the clock changed during signing. */
export function dateOf(token: string): number {
  const compact = /[?&]X-Amz-Date=(\d{8}T\d{6}Z)/.exec(token)?.[1] ?? ''
  return Date.parse(compact.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
}
