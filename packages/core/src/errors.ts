// The one error class of rds-iam, its codes, and how several problems become one error.
import { inspect } from 'node:util'

/**
 * Why an operation of rds-iam failed. Codes are stable; messages may get better.
 *
 * - `ERR_RDS_IAM_OPTIONS`: options, URL or environment don't describe a target. Thrown when a config is built.
 * - `ERR_RDS_IAM_CREDENTIALS`: no AWS credentials could be resolved; the message lists the sources tried.
 * - `ERR_RDS_IAM_CREDENTIALS_TIMEOUT`: resolving credentials took longer than `timeoutMs`.
 * - `ERR_RDS_IAM_CREDENTIALS_EXPIRED`: the credentials came back with less than 60 s to live.
 * - `ERR_RDS_IAM_ALIAS`: the host is another name of an RDS endpoint (a CNAME), or was said to be and is not.
 * - `ERR_RDS_IAM_SIGNING`: the token could not be signed with the credentials at hand.
 * - `ERR_RDS_IAM_INSECURE_CONNECTION`: the token was withheld from a connection that is not encrypted, or
 *   whose server has not proven to be the endpoint.
 */
export type RdsIamErrorCode =
  | 'ERR_RDS_IAM_OPTIONS'
  | 'ERR_RDS_IAM_CREDENTIALS'
  | 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT'
  | 'ERR_RDS_IAM_CREDENTIALS_EXPIRED'
  | 'ERR_RDS_IAM_ALIAS'
  | 'ERR_RDS_IAM_SIGNING'
  | 'ERR_RDS_IAM_INSECURE_CONNECTION'

/** One thing that is wrong with the options: which option, and what to write instead. */
export interface Problem {
  /** The option as a user writes it: `port`, `ssl.ca`, `replication.slaves[1].host`. */
  readonly option: string
  /** What was seen and what to write instead. Never a secret. */
  readonly message: string
}

/**
 * Every error that rds-iam itself raises. Errors of drivers and servers keep their own class.
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
  /** With `ERR_RDS_IAM_OPTIONS`: all that is wrong, one entry an option. Otherwise empty. */
  readonly problems: readonly Problem[]

  constructor(
    code: RdsIamErrorCode,
    message: string,
    more: { cause?: unknown; problems?: readonly Problem[] } = {},
  ) {
    super(message, 'cause' in more ? { cause: more.cause } : undefined)
    this.code = code
    this.problems = more.problems ?? []
  }
}

/** Gathers problems, so that a user sees all of them at once and not one a run. */
export class Problems {
  readonly #found: Problem[] = []

  add(option: string, message: string): undefined {
    this.#found.push({ option, message })
  }

  get any(): boolean {
    return this.#found.length > 0
  }

  toError(): RdsIamError {
    return optionsError(this.#found)
  }
}

/**
 * One `ERR_RDS_IAM_OPTIONS` for several problems: for an adapter that reads several targets.
 *
 * @example
 * ```ts
 * import { optionsError, type Problem } from '@rds-iam/core'
 *
 * export function checkReplicas(hosts: readonly string[]): void {
 *   const problems = hosts.flatMap((host, index): Problem[] =>
 *     host === '' ? [{ option: `replicas[${index}].host`, message: 'is empty; write the endpoint' }] : [],
 *   )
 *   if (problems.length > 0) throw optionsError(problems)
 * }
 * ```
 */
export function optionsError(problems: readonly Problem[]): RdsIamError {
  const lines = problems.map(({ option, message }) => `  ${option}: ${message}`)
  const count = lines.length === 1 ? 'One option is' : `${lines.length} options are`
  return new RdsIamError('ERR_RDS_IAM_OPTIONS', `${count} wrong:\n${lines.join('\n')}`, { problems })
}

/** What is thrown need not be an error. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : shown(thrown)
}

/** A value as a message shows it: short, quoted if it is text. Only for values that are no secret. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : typeof value === 'function'
        ? 'a function'
        : inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}
