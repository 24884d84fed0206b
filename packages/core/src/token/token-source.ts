// Decides when to sign again. Tokens are cached while they are valid, and one signing serves all waiting callers.

import type { Endpoint } from '../target/endpoint.ts'
import { leapingClock } from './clock.ts'
import { MIN_LIFE_MS, newestResolution, type Resolution, resolveCredentials } from './credentials.ts'
import { publishRenewalFailed, publishTokenSigned } from './diagnostics.ts'
import type { Identity } from './identity.ts'
import { suspect, suspectedUpTo } from './suspects.ts'
import { signToken, type Token } from './token.ts'

/**
 * Returns tokens for one endpoint. Between calls nothing runs: no timer, no handle.
 */
export interface TokenSource {
  /** What the tokens are signed for. */
  readonly endpoint: Endpoint
  /**
   * A token that is valid for at least 60 s, from the cache if possible. In the token's last 5 minutes, the next one is
   * signed in the background.
   *
   * @throws RdsIamError `ERR_RDS_IAM_CREDENTIALS…` or `ERR_RDS_IAM_SIGNING`, if there is no valid token
   */
  get(): Promise<string>
  /**
   * Drops the cached token, because the server rejected it; the next call resolves credentials anew. With
   * `token`, only if that is the one in the cache, so that late rejections of an old token don't cost a new one.
   */
  invalidate(token?: string): void
}

/** What only the drivers' bindings use. */
export interface LoginTokens extends TokenSource {
  /**
   * The token that `get()` would return without waiting; undefined if it would have to sign first. For a driver that
   * can't wait for a token.
   */
  current(): string | undefined
}

/** In its last 5 minutes a token is renewed. */
const RENEW_MS = 300_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** How often to sign again if the token is too old as soon as it is signed. */
const MAX_ATTEMPTS = 3

export function tokenSource(endpoint: Endpoint, identity: Identity): LoginTokens {
  return new CachedTokens(endpoint, identity)
}

class CachedTokens implements LoginTokens {
  readonly endpoint: Endpoint
  readonly #identity: Identity
  #token: Token | undefined
  /** The token as `get` returns it: a promise made once, not per call. */
  #value: Promise<string> | undefined
  /** The previous token. It is still valid if the clock goes back, and the new one is dated in the future. */
  #before: Token | undefined
  /** What the token was signed with. */
  #resolution: Resolution | undefined
  /** The signing in progress, shared by all waiting callers. */
  #renewal: Promise<Token> | undefined
  /** Whether the last renewal failed. */
  #failing = false
  #pauseMs = 0
  #pausedAt = 0
  /** Resolutions up to this number have led to a rejected login, or may have. */
  #stale = 0

  constructor(endpoint: Endpoint, identity: Identity) {
    this.endpoint = endpoint
    this.#identity = identity
  }

  get(): Promise<string> {
    const now = Date.now()
    if (this.#value && this.current(now) !== undefined) return this.#value
    return this.#sign().then(({ value }) => value)
  }

  current(now: number = Date.now()): string | undefined {
    const token = this.#token
    if (!token || !isGood(token, now)) return undefined
    if (this.#failing || token.endAt - now < RENEW_MS) this.#renewBehind(now)
    return token.value
  }

  invalidate(token?: string): void {
    if (token === undefined || token === this.#token?.value || token === this.#before?.value)
      this.#before = undefined
    if (token !== undefined && token !== this.#token?.value) return
    if (this.#token) suspect(this.#token.accessKeyId)
    this.#token = undefined
    this.#value = undefined
    this.#resolution = undefined
    // A signing in progress may use the credentials that were just rejected.
    this.#renewal = undefined
    this.#stale = newestResolution()
  }

  #renewBehind(now: number): void {
    const waited = now - this.#pausedAt
    // A clock that jumped back must not lengthen a pause.
    if (this.#renewal || (waited >= 0 && waited < this.#pauseMs)) return
    this.#renew().catch((error: unknown) => publishRenewalFailed(this.endpoint, error))
  }

  /** The token for callers that have to wait. */
  async #sign(): Promise<Token> {
    if (this.#failing && this.#lives(this.#resolution)) {
      // While a key is in doubt, none of its tokens is used, so `get()` comes here each time.
      this.#renewBehind(Date.now())
      return this.#signAgain(this.#resolution)
    }
    try {
      return await this.#renew()
    } catch (error) {
      // Time has passed, so the newest token may no longer be dated in the future.
      const good = [this.#token, this.#before].find((token) => token && isGood(token, Date.now()))
      if (good) {
        publishRenewalFailed(this.endpoint, error)
        return good
      }
      if (!this.#lives(this.#resolution)) throw error
      publishRenewalFailed(this.endpoint, error)
      return this.#signAgain(this.#resolution)
    }
  }

  #renew(): Promise<Token> {
    if (this.#renewal) return this.#renewal
    const renewal = this.#renewNow().finally(() => {
      if (this.#renewal === renewal) this.#renewal = undefined
    })
    this.#renewal = renewal
    return renewal
  }

  async #renewNow(attempt = 1): Promise<Token> {
    const stale = this.#stale
    const doubtful = this.#token ? suspectedUpTo(this.#token.accessKeyId) : 0
    try {
      const resolution = await resolveCredentials(this.#identity, Math.max(stale, doubtful))
      // A rejection in the meantime means that these credentials don't work either.
      if (stale !== this.#stale) return await this.#renew()
      const token = signToken(this.endpoint, resolution)
      const now = Date.now()
      if (!isTimely(token, now)) {
        // The process slept between resolving and signing, or its clock jumped. That may happen once.
        if (attempt < MAX_ATTEMPTS) return await this.#renewNow(attempt + 1)
        throw leapingClock(token.signedAt, now)
      }
      this.#resolution = resolution
      this.#failing = false
      // Credentials that expire soon sign tokens that expire soon. Don't resolve again at every call.
      if (token.endAt - now < RENEW_MS) this.#pause(now)
      else this.#pauseMs = 0
      this.#keep(token)
      return token
    } catch (error) {
      this.#failing = true
      this.#pause(Date.now())
      throw error
    }
  }

  /** Temporary credentials are valid until they expire, even if the service that issued them is down. */
  #signAgain(resolution: Resolution): Token {
    const token = signToken(this.endpoint, resolution)
    this.#keep(token)
    return token
  }

  #lives(resolution: Resolution | undefined): resolution is Resolution {
    return resolution?.endAt !== undefined && resolution.endAt - Date.now() >= MIN_LIFE_MS
  }

  #keep(token: Token): void {
    this.#before = this.#token
    this.#token = token
    this.#value = Promise.resolve(token.value)
    publishTokenSigned(this.endpoint, token)
  }

  #pause(now: number): void {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    this.#pausedAt = now
  }
}

/** A token dated in the future was signed before the clock jumped back. It would be used longer than it is valid. */
function isTimely({ signedAt, endAt }: Token, now: number): boolean {
  return now >= signedAt && endAt - now >= MIN_LIFE_MS
}

function isGood(token: Token, now: number): boolean {
  return isTimely(token, now) && token.resolution > suspectedUpTo(token.accessKeyId)
}
