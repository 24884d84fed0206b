// This package's error class, the problems with options that it lists, and how to read other errors.

/**
 * Why a local RDS didn't start, as a stable name:
 *
 * - `ERR_RDS_IAM_LOCAL_OPTIONS`: an option is wrong; the message names every wrong option
 * - `ERR_RDS_IAM_LOCAL_NO_SERVER`: no PostgreSQL or MySQL is installed; the message says what to install
 * - `ERR_RDS_IAM_LOCAL_SERVER`: the server is installed, but didn't start
 * - `ERR_RDS_IAM_LOCAL_UPSTREAM`: the server in `upstream` can't be reached, or refuses the login
 * - `ERR_RDS_IAM_LOCAL_LISTEN`: the gate can't listen on this address
 */
export type LocalRdsErrorCode =
  | 'ERR_RDS_IAM_LOCAL_OPTIONS'
  | 'ERR_RDS_IAM_LOCAL_NO_SERVER'
  | 'ERR_RDS_IAM_LOCAL_SERVER'
  | 'ERR_RDS_IAM_LOCAL_UPSTREAM'
  | 'ERR_RDS_IAM_LOCAL_LISTEN'

/** A reference to an option in a text. The program that prints the text chooses the name: `upstream`, `--upstream`. */
export interface OptionReference {
  /** The option, as {@link LocalRdsOptions} names it. */
  readonly option: string
}

/** A text with references to options. */
export type Phrase = string | readonly (string | OptionReference)[]

/** One problem with the options. */
export interface LocalRdsProblem {
  /** The option, such as `port`, `endpoint.host` or `keys[0].accessKeyId`. */
  readonly option: string
  /** What was found. Never contains a secret. */
  readonly seen: Phrase
  /** What to write instead. */
  readonly instead: Phrase
}

/**
 * The error that {@link startLocalRds} rejects with. Its message says what to do, and never contains a secret.
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
  /** The cause of the failure; stable across versions. */
  readonly code: LocalRdsErrorCode
  /** The options to change. `ERR_RDS_IAM_LOCAL_OPTIONS` lists every wrong option; the other codes list one or none. */
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

/** The text of a problem, with options named as properties. */
export function problemText({ option, seen, instead }: LocalRdsProblem): string {
  return `${option}: ${phraseText(seen)}; ${phraseText(instead)}`
}

function phraseText(phrase: Phrase): string {
  if (typeof phrase === 'string') return phrase
  return phrase.map((part) => (typeof part === 'string' ? part : part.option)).join('')
}

/** The message of anything thrown, which isn't always an `Error`. */
export function messageOf(error: unknown): string {
  const { message }: { message?: unknown } = Object(error)
  if (typeof message === 'string') return message
  return typeof error === 'object' && error !== null ? 'an object without a message' : String(error)
}
