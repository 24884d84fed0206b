// When to sign again: tokens are cached while they are good, and one signing serves all who wait.
import { type Identity, MIN_LIFE_MS, newestResolution, resolveCredentials } from './credentials.ts'
import { publishRenewalFailed, publishTokenSigned } from './diagnostics.ts'
import { type Endpoint, findEngine } from './endpoint.ts'
import { readSettings } from './settings.ts'
import type { Engine, IamTarget } from './target.ts'
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
  const { endpoint, identity } = readSettings(target)
  return tokenSource(endpoint, identity)
}

/**
 * The engine of a target, told by `engine`, the URL, the port or the environment; undefined if none tells. For
 * code that serves both.
 *
 * @example
 * ```ts
 * import { engineOf } from '@rds-iam/core'
 *
 * const client = engineOf() === 'mysql' ? 'mysql2' : 'pg'
 * ```
 */
export function engineOf(target: IamTarget = {}): Engine | undefined {
  return findEngine(target, process.env)
}

export function tokenSource(endpoint: Endpoint, identity: Identity): TokenSource {
  return new CachedTokens(endpoint, identity)
}

class CachedTokens implements TokenSource {
  readonly endpoint: Endpoint
  readonly #identity: Identity
  #token: Token | undefined
  /** The token as `get` returns it: a promise made once, not per call. */
  #value: Promise<string> | undefined
  #signing: Promise<Token> | undefined
  /** Resolutions up to this number have led to a rejected login, or may have. */
  #stale = 0
  #pauseMs = 0
  #pausedAt = 0

  constructor(endpoint: Endpoint, identity: Identity) {
    this.endpoint = endpoint
    this.#identity = identity
  }

  get(): Promise<string> {
    const now = Date.now()
    const token = this.#token
    if (token && this.#value && isGood(token, now)) {
      if (token.endAt - now < RENEW_MS) this.#renewBehind(now)
      return this.#value
    }
    return this.#sign().then(({ value }) => value)
  }

  invalidate(token?: string): void {
    if (token !== undefined && token !== this.#token?.value) return
    this.#token = undefined
    this.#value = undefined
    // A signing under way may have begun with the credentials that were just rejected.
    this.#signing = undefined
    this.#stale = newestResolution()
  }

  #renewBehind(now: number): void {
    const waited = now - this.#pausedAt
    // A clock that jumped back must not stretch a pause.
    if (this.#signing || (waited >= 0 && waited < this.#pauseMs)) return
    this.#sign().catch((error: unknown) => publishRenewalFailed(this.endpoint, error))
  }

  /** One signing for all who wait. */
  #sign(): Promise<Token> {
    if (this.#signing) return this.#signing
    const signing = this.#signNow().finally(() => {
      if (this.#signing === signing) this.#signing = undefined
    })
    this.#signing = signing
    return signing
  }

  async #signNow(): Promise<Token> {
    const stale = this.#stale
    try {
      const token = await signToken(this.endpoint, await resolveCredentials(this.#identity, stale))
      // A rejection meanwhile tells that these credentials are no good either.
      if (stale !== this.#stale) return await this.#sign()
      this.#keep(token)
      return token
    } catch (error) {
      this.#pause()
      throw error
    }
  }

  #keep(token: Token): void {
    this.#token = token
    this.#value = Promise.resolve(token.value)
    // Credentials near their end sign tokens near theirs: don't ask for better ones at every call.
    if (token.endAt - Date.now() < RENEW_MS) this.#pause()
    else this.#pauseMs = 0
    publishTokenSigned(this.endpoint, token)
  }

  #pause(): void {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    this.#pausedAt = Date.now()
  }
}

/** A token from the future was signed before the clock jumped back; it would outlive what its date says. */
function isGood({ signedAt, endAt }: Token, now: number): boolean {
  return now >= signedAt && endAt - now >= MIN_LIFE_MS
}
