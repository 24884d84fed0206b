// The one error class of this package, what it says of options as data, and how to read errors of others.

/**
 * Why a local RDS did not start, as a stable name:
 *
 * - `ERR_RDS_IAM_LOCAL_OPTIONS`: an option is wrong; the message names every one that is
 * - `ERR_RDS_IAM_LOCAL_NO_SERVER`: there is no PostgreSQL or MySQL to run; the message says what to install
 * - `ERR_RDS_IAM_LOCAL_SERVER`: the server's programs are there, but the server did not start
 * - `ERR_RDS_IAM_LOCAL_UPSTREAM`: the server that `upstream` names can't be reached, or refuses the login
 * - `ERR_RDS_IAM_LOCAL_LISTEN`: the gate can't listen on that address
 */
export type LocalRdsErrorCode =
  | 'ERR_RDS_IAM_LOCAL_OPTIONS'
  | 'ERR_RDS_IAM_LOCAL_NO_SERVER'
  | 'ERR_RDS_IAM_LOCAL_SERVER'
  | 'ERR_RDS_IAM_LOCAL_UPSTREAM'
  | 'ERR_RDS_IAM_LOCAL_LISTEN'

/** An option that a text mentions. Whoever prints the text uses their own name for it: `upstream`, `--upstream`. */
export interface OptionReference {
  /** The option, as {@link LocalRdsOptions} names it. */
  readonly option: string
}

/** Text, in which options are references. */
export type Phrase = string | readonly (string | OptionReference)[]

/** One thing that is wrong with the options. */
export interface LocalRdsProblem {
  /** The option: `port`, `endpoint.host`, `keys[0].accessKeyId`. */
  readonly option: string
  /** What was seen. Never a secret. */
  readonly seen: Phrase
  /** What to write instead. */
  readonly instead: Phrase
}

/**
 * Thrown by {@link startLocalRds}. Its message says what to do, and never holds a password or a secret.
 *
 * @example
 * ```ts
 * import { LocalRdsError, startLocalRds } from '@rds-iam/local'
 *
 * await startLocalRds({ engine: 'mysql' }).catch((error: unknown) => {
 *   if (error instanceof LocalRdsError && error.code === 'ERR_RDS_IAM_LOCAL_NO_SERVER') console.error(error.message)
 *   throw error
 * })
 * ```
 */
export class LocalRdsError extends Error {
  /** Why it failed; stable across versions. */
  readonly code: LocalRdsErrorCode
  /** The options to change: with `ERR_RDS_IAM_LOCAL_OPTIONS` all that are wrong. Otherwise one, or none. */
  readonly problems: readonly LocalRdsProblem[]

  constructor(
    code: LocalRdsErrorCode,
    message: string,
    { problems = [], ...options }: { cause?: unknown; problems?: readonly LocalRdsProblem[] } = {},
  ) {
    super(message, options)
    this.name = 'LocalRdsError'
    this.code = code
    this.problems = problems
  }
}

/** A problem in words, with options as properties. */
export function problemText({ option, seen, instead }: LocalRdsProblem): string {
  return `${option}: ${phraseText(seen)}; ${phraseText(instead)}`
}

function phraseText(phrase: Phrase): string {
  if (typeof phrase === 'string') return phrase
  return phrase.map((part) => (typeof part === 'string' ? part : part.option)).join('')
}

/** What an error says; not everything that is thrown is an `Error`. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
