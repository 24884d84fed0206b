// When to sign again: tokens are cached while they are good, and one signing serves all who wait.
import {
  type Identity,
  MIN_LIFE_MS,
  newestResolution,
  type Resolution,
  resolveCredentials,
} from './credentials.ts'
import { publishRenewalFailed, publishTokenSigned } from './diagnostics.ts'
import type { Endpoint } from './endpoint.ts'
import { suspect, suspectedUpTo } from './suspects.ts'
import { signToken, type Token } from './token.ts'

/**
 * Yields tokens for one endpoint. Nothing of it runs between calls: no timer, no handle.
 */
export interface TokenSource {
  /** What the tokens are signed for. */
  readonly endpoint: Endpoint
  /**
   * A token with at least 60 s to live, from the cache when there is one. In the token's last 5 minutes the
   * next is signed behind the caller's back.
   *
   * @throws RdsIamError `ERR_RDS_IAM_CREDENTIALS…` or `ERR_RDS_IAM_SIGNING`, when no good token is left
   */
  get(): Promise<string>
  /**
   * Drops the cached token, because the server rejected it; the next call resolves credentials anew. With
   * `token`, only if that is the one in the cache, so that late rejections of an old token don't cost a new one.
   */
  invalidate(token?: string): void
}

/** In its last 5 minutes a token is renewed. */
const RENEW_MS = 300_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

export function tokenSource(endpoint: Endpoint, identity: Identity): TokenSource {
  return new CachedTokens(endpoint, identity)
}

class CachedTokens implements TokenSource {
  readonly endpoint: Endpoint
  readonly #identity: Identity
  #token: Token | undefined
  /** The token as `get` returns it: a promise made once, not per call. */
  #value: Promise<string> | undefined
  /** The one before it: still good when the clock goes back, and the new one is of the future. */
  #before: Token | undefined
  /** What the token was signed with. */
  #resolution: Resolution | undefined
  /** Resolving and signing, under way; one for all who wait. */
  #renewal: Promise<Token> | undefined
  /** Signing once more with what was resolved last, under way. */
  #again: Promise<Token> | undefined
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
    const token = this.#token
    if (token && this.#value && isGood(token, now)) {
      if (this.#failing || token.endAt - now < RENEW_MS) this.#renewBehind(now)
      return this.#value
    }
    return this.#sign().then(({ value }) => value)
  }

  invalidate(token?: string): void {
    if (token === undefined || token === this.#token?.value || token === this.#before?.value)
      this.#before = undefined
    if (token !== undefined && token !== this.#token?.value) return
    if (this.#token) suspect(this.#token.accessKeyId)
    this.#token = undefined
    this.#value = undefined
    this.#resolution = undefined
    // What is under way may have begun with the credentials that were just rejected.
    this.#renewal = undefined
    this.#again = undefined
    this.#stale = newestResolution()
  }

  #renewBehind(now: number): void {
    const waited = now - this.#pausedAt
    // A clock that jumped back must not stretch a pause.
    if (this.#renewal || (waited >= 0 && waited < this.#pauseMs)) return
    this.#renew().catch((error: unknown) => publishRenewalFailed(this.endpoint, error))
  }

  /** A token for who has to wait for it. */
  async #sign(): Promise<Token> {
    if (this.#failing && this.#lives(this.#resolution)) {
      // Of a key in doubt no token is good, so that `get()` comes here each time.
      this.#renewBehind(Date.now())
      return this.#signAgain(this.#resolution)
    }
    try {
      return await this.#renew()
    } catch (error) {
      // Time has passed meanwhile: the newest is perhaps no longer of the future.
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

  async #renewNow(): Promise<Token> {
    const stale = this.#stale
    const doubtful = this.#token ? suspectedUpTo(this.#token.accessKeyId) : 0
    try {
      const resolution = await resolveCredentials(this.#identity, Math.max(stale, doubtful))
      const token = await signToken(this.endpoint, resolution)
      // A rejection meanwhile tells that these credentials are no good either.
      if (stale !== this.#stale) return await this.#renew()
      // The process slept meanwhile, or its clock leapt: what was alive when it began to sign need not be now.
      if (!isTimely(token, Date.now())) return await this.#renewNow()
      this.#resolution = resolution
      this.#failing = false
      // Credentials near their end sign tokens near theirs: don't ask for better ones at every call.
      if (token.endAt - Date.now() < RENEW_MS) this.#pause()
      else this.#pauseMs = 0
      this.#keep(token)
      return token
    } catch (error) {
      this.#failing = true
      this.#pause()
      throw error
    }
  }

  /** Temporary credentials live until their end, whatever has become of the service that issued them. */
  #signAgain(resolution: Resolution): Promise<Token> {
    if (this.#again) return this.#again
    const stale = this.#stale
    const again = signToken(this.endpoint, resolution)
      .then((token) => {
        if (stale !== this.#stale) return this.#sign()
        if (!isTimely(token, Date.now())) return this.#renew()
        this.#keep(token)
        return token
      })
      .finally(() => {
        if (this.#again === again) this.#again = undefined
      })
    this.#again = again
    return again
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

  #pause(): void {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    this.#pausedAt = Date.now()
  }
}

/** A token from the future was signed before the clock jumped back; it would outlive what its date says. */
function isTimely({ signedAt, endAt }: Token, now: number): boolean {
  return now >= signedAt && endAt - now >= MIN_LIFE_MS
}

function isGood(token: Token, now: number): boolean {
  return isTimely(token, now) && token.resolution > suspectedUpTo(token.accessKeyId)
}
