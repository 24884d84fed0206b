// The one error class of this package, and what to say of errors of others.

/**
 * What went wrong, as a stable name:
 *
 * - `ERR_RDS_IAM_LOCAL_OPTIONS`: an option is wrong; the message names every one that is
 * - `ERR_RDS_IAM_LOCAL_NO_SERVER`: no PostgreSQL or MySQL to run; the message says what to install
 * - `ERR_RDS_IAM_LOCAL_SERVER`: the server's programs were found, but it did not start
 * - `ERR_RDS_IAM_LOCAL_UPSTREAM`: the server that `upstream` names can't be reached or let nobody in
 * - `ERR_RDS_IAM_LOCAL_LISTEN`: the address to listen on can't be had
 */
export type LocalRdsErrorCode =
  | 'ERR_RDS_IAM_LOCAL_OPTIONS'
  | 'ERR_RDS_IAM_LOCAL_NO_SERVER'
  | 'ERR_RDS_IAM_LOCAL_SERVER'
  | 'ERR_RDS_IAM_LOCAL_UPSTREAM'
  | 'ERR_RDS_IAM_LOCAL_LISTEN'

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
  /** What went wrong; stable across versions. */
  readonly code: LocalRdsErrorCode

  constructor(code: LocalRdsErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LocalRdsError'
    this.code = code
  }
}

/** What an error says; not all that is thrown is an `Error`. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
