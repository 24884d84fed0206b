// The error class of rds-iam, its codes, and its problems with options as data.
import { inspect } from 'node:util'
import type { TriedSource } from './credential-source.ts'
import { safeCause } from './foreign-error.ts'
import { safeMessage, safeText } from './safe-text.ts'

/**
 * Why rds-iam failed. Codes are stable; messages may change.
 *
 * - `ERR_RDS_IAM_OPTIONS`: the options, the URL or the environment are wrong. Thrown when a config is created.
 * - `ERR_RDS_IAM_CREDENTIALS`: no AWS credentials could be resolved; the message lists the sources tried.
 * - `ERR_RDS_IAM_CREDENTIALS_TIMEOUT`: resolving credentials took longer than `timeoutMs`.
 * - `ERR_RDS_IAM_CREDENTIALS_EXPIRED`: the credentials expire in less than 60 s.
 * - `ERR_RDS_IAM_ALIAS`: the host is an alias (CNAME) of an RDS endpoint, or `cname` is true but it isn't one.
 * - `ERR_RDS_IAM_SIGNING`: the token could not be signed with these credentials, or with this machine's clock.
 * - `ERR_RDS_IAM_INSECURE_CONNECTION`: the token was withheld, because the connection is not encrypted, or the server
 *   has not proven to be the endpoint.
 * - `ERR_RDS_IAM_PROXY_LISTEN`: `startProxy()` of `@rds-iam/proxy` can't listen at its address.
 * - `ERR_RDS_IAM_TOKEN_DROPPED`: another login with the same token was rejected while this one was under way. Log in again.
 */
export type RdsIamErrorCode =
  | 'ERR_RDS_IAM_OPTIONS'
  | 'ERR_RDS_IAM_CREDENTIALS'
  | 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT'
  | 'ERR_RDS_IAM_CREDENTIALS_EXPIRED'
  | 'ERR_RDS_IAM_ALIAS'
  | 'ERR_RDS_IAM_SIGNING'
  | 'ERR_RDS_IAM_INSECURE_CONNECTION'
  | 'ERR_RDS_IAM_PROXY_LISTEN'
  | 'ERR_RDS_IAM_TOKEN_DROPPED'

/** Where a value came from. */
export interface Origin {
  /**
   * `'option'`: the target's own field. `'url'`: the URL. `'environment'`: a variable. `'driver'`: the driver, which
   * supports only one engine. `'host'`, `'port'`: implied by the host's name or the port. `'profile'`: the shared AWS
   * config. `'default'`: none of these.
   */
  readonly from: 'option' | 'url' | 'environment' | 'driver' | 'host' | 'port' | 'profile' | 'default'
  /** The variable's name, which for a URL is `DATABASE_URL`, or the profile's. */
  readonly name?: string
}

/** An option that a text mentions. Each program prints it with its own name: `via`, `iam.via`, `--via`. */
export interface OptionReference {
  /** The option, as a target names it. */
  readonly option: string
  /** The value to write. Default: the option is mentioned without one. */
  readonly value?: string | number | boolean
  /** The file that contains the value to write. */
  readonly file?: string
}

/** Text, in which options are references. */
export type Phrase = string | readonly (string | OptionReference)[]

/** One problem with the options. */
export interface Problem {
  /** The option: `port`, `ssl.ca`, `replication.slaves[1].host`. */
  readonly option: string
  /** Where the value came from, if not from the option itself. */
  readonly from?: Origin
  /** What is wrong. Never contains a secret. */
  readonly seen: Phrase
  /** What to write instead. */
  readonly instead: Phrase
}

/**
 * The class of all errors that rds-iam throws. Errors of drivers and servers keep their own class.
 *
 * @example
 * ```ts
 * import { createTokenSource, RdsIamError } from '@rds-iam/core'
 *
 * try {
 *   await createTokenSource({ url: 'postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app' }).get()
 * } catch (error) {
 *   if (error instanceof RdsIamError && error.code === 'ERR_RDS_IAM_CREDENTIALS') console.error(error.message)
 *   else throw error
 * }
 * ```
 */
export class RdsIamError extends Error {
  /** Always `RdsIamError`. */
  override readonly name: string = 'RdsIamError'
  /** Why it failed; stable across versions. */
  readonly code: RdsIamErrorCode
  /** The options to change: all wrong ones with `ERR_RDS_IAM_OPTIONS`, one with `ERR_RDS_IAM_ALIAS`, otherwise none. */
  readonly problems: readonly Problem[]
  /** The sources that were asked for AWS credentials, in this order, if none of them had any, or if one took too long. */
  declare readonly tried?: readonly TriedSource[]
  /** A copy of the original error: its name, message, stack and codes, without anything that may be secret. */
  declare readonly cause?: unknown

  constructor(
    code: RdsIamErrorCode,
    message: string,
    more: { cause?: unknown; problems?: readonly Problem[]; tried?: readonly TriedSource[] } = {},
  ) {
    const { cause, tried } = more
    const safe = cause instanceof RdsIamError ? cause : safeCause(cause)
    super(safeMessage(message), cause === undefined ? undefined : { cause: safe })
    this.code = code
    this.problems = more.problems ?? []
    if (tried) this.tried = tried
  }
}

/**
 * A value in the form for a message: short, and quoted if it is text. Only for values that aren't secret. Of an object, it
 * doesn't show the values: they may be credentials in the wrong place.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return safeText(JSON.stringify(withoutLogin(value)), 120)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'function' ? 'a function' : safeText(inspect(value), 120)
}

/** A user may write a URL into any option, and the URL may contain a password. */
function withoutLogin(text: string): string {
  return text.includes('://') ? text.replace(/:\/\/.*@/s, '://…@') : text
}
