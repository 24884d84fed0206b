// The events of rds-iam, on channels of node:diagnostics_channel. None of them contains a token.
import { channel } from 'node:diagnostics_channel'
import type { Endpoint } from '../target/endpoint.ts'
import { hostAndPort } from '../target/via.ts'
import { shownKeyId, type Token, type TokenFacts } from './token.ts'

/** Which login an event is about. */
export interface LoginFacts {
  /** `host:port`. A token contains the same; one for Aurora DSQL contains only the host. */
  readonly endpoint: string
  /** The database user. */
  readonly user: string
  /** The AWS region that tokens are signed for. */
  readonly region: string
}

/** On channel `rds-iam:token:signed`: a token was signed and is in the cache. */
export interface TokenSignedEvent extends LoginFacts {
  /** First and last 4 characters of the access key ID. */
  readonly keyId: string
  /** How long the token is valid, in milliseconds: 900,000, or less if its credentials expire sooner. */
  readonly lifeMs: number
}

/** On channel `rds-iam:renewal:failed`: the next token could not be signed; the old one is still in use. */
export interface RenewalFailedEvent extends LoginFacts {
  /** The reason, usually an `RdsIamError`. */
  readonly error: unknown
}

/** On channel `rds-iam:login:rejected`: the server rejected a login, and its token was dropped. */
export interface LoginRejectedEvent extends LoginFacts, TokenFacts {
  /** The driver's error. */
  readonly error: unknown
}

/**
 * The names of the channels, and what is published on each.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import { channels, type LoginRejectedEvent } from '@rds-iam/core'
 *
 * subscribe(channels.loginRejected, (message) => {
 *   const { user, endpoint, keyId, ageMs } = message as LoginRejectedEvent
 *   console.warn(`${user}@${endpoint} was rejected with a token of ${keyId}, ${ageMs / 1000} s old`)
 * })
 * ```
 */
export const channels = {
  /** {@link TokenSignedEvent} */
  tokenSigned: 'rds-iam:token:signed',
  /** {@link RenewalFailedEvent} */
  renewalFailed: 'rds-iam:renewal:failed',
  /** {@link LoginRejectedEvent} */
  loginRejected: 'rds-iam:login:rejected',
} as const

const tokenSigned = channel(channels.tokenSigned)
const renewalFailed = channel(channels.renewalFailed)
const loginRejected = channel(channels.loginRejected)

export function loginFacts(endpoint: Endpoint): LoginFacts {
  const { user, region } = endpoint
  return { endpoint: hostAndPort(endpoint), user, region }
}

export function publishTokenSigned(endpoint: Endpoint, { accessKeyId, signedAt, endAt }: Token): void {
  if (!tokenSigned.hasSubscribers) return
  const event: TokenSignedEvent = {
    ...loginFacts(endpoint),
    keyId: shownKeyId(accessKeyId),
    lifeMs: endAt - signedAt,
  }
  tokenSigned.publish(event)
}

export function publishRenewalFailed(endpoint: Endpoint, error: unknown): void {
  const event: RenewalFailedEvent = { ...loginFacts(endpoint), error }
  renewalFailed.publish(event)
}

export function publishLoginRejected(event: LoginRejectedEvent): void {
  loginRejected.publish(event)
}
