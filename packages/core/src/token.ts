// One token: signed by AWS's own signer, and what it is worth.
import type { Resolution } from './credentials.ts'
import type { Endpoint } from './endpoint.ts'
import { RdsIamError, reasonOf } from './errors.ts'

export interface Token {
  readonly value: string
  readonly accessKeyId: string
  /** The number of the resolution that yielded the key. */
  readonly resolution: number
  /** When it was signed, by the token's own date, in milliseconds since the epoch. */
  readonly signedAt: number
  /** When it ends: 15 minutes after signing, or with its credentials if those end sooner. */
  readonly endAt: number
}

/** RDS: "The authentication token has a lifetime of 15 minutes", which the signer writes into X-Amz-Expires. */
export const TOKEN_LIFE_MS = 900_000

/** Signs a token for the endpoint. @throws RdsIamError `ERR_RDS_IAM_SIGNING` */
export async function signToken(
  endpoint: Endpoint,
  { number, credentials, endAt }: Resolution,
): Promise<Token> {
  const { Signer } = await import('@aws-sdk/rds-signer')
  const { host, port, user, region } = endpoint
  // An IPv6 address is bracketed in the Host header, which is what gets signed.
  const hostname = host.includes(':') ? `[${host}]` : host
  let value: string
  try {
    value = await new Signer({ hostname, port, username: user, region, credentials }).getAuthToken()
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new RdsIamError(
      'ERR_RDS_IAM_SIGNING',
      `The token for ${user} at ${host}:${port} could not be signed: ${reason}`,
      { cause },
    )
  }
  const signedAt = dateOf(value)
  const ownEnd = signedAt + TOKEN_LIFE_MS
  return {
    value,
    accessKeyId: credentials.accessKeyId,
    resolution: number,
    signedAt,
    endAt: Math.min(ownEnd, endAt ?? ownEnd),
  }
}

/** What may be told of a token: it says so itself, and none of it helps to log in. */
export interface TokenFacts {
  /** First and last 4 characters of the access key id: enough to tell keys apart. */
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

/** The token's `X-Amz-Date=20260101T000000Z`: exact whatever happened to the clock while it was being signed. */
export function dateOf(token: string): number {
  const compact = /[?&]X-Amz-Date=(\d{8}T\d{6}Z)/.exec(token)?.[1] ?? ''
  return Date.parse(compact.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
}
