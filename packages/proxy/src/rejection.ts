// Why a client is rejected: an error with the answer for the client.
import { RdsIamError, type RdsIamErrorCode } from '@rds-iam/core'
import { reasonOf } from '@rds-iam/core/connect'
import { CutOff, Malformed, TooLong } from '@rds-iam/wire/read'
import type { ProxyRejectionReason } from './events.ts'

export class Rejection extends Error {
  readonly reason: ProxyRejectionReason
  /** The error to send, encoded in the client's protocol, such as the server's error. Undefined: send the message. */
  readonly said: Buffer | undefined

  constructor(
    reason: ProxyRejectionReason,
    message: string,
    { said, ...more }: { cause?: unknown; said?: Buffer } = {},
  ) {
    super(message, more)
    this.name = 'Rejection'
    this.reason = reason
    this.said = said
  }
}

/** `said` is the engine's own error for a wrong password, which clients recognize. */
export function wrongPassword(said: Buffer): Rejection {
  return new Rejection('password', 'The client sent a wrong local password, or none.', { said })
}

/** Turns an error in the client's part of a login into a rejection. */
export function clientFault(error: unknown): Rejection {
  if (error instanceof Rejection) return error
  if (error instanceof Malformed || error instanceof TooLong)
    return new Rejection('malformed', `The client did not send a valid login: ${error.message}.`, {
      cause: error,
    })
  if (error instanceof CutOff) {
    const what = error.cause === undefined || error.cause === null ? 'The client disconnected' : error.message
    return new Rejection('left', `${what} before the login was complete.`, { cause: error })
  }
  return new Rejection('malformed', `The proxy failed: ${reasonOf(error)}`, { cause: error })
}

const REASONS: { readonly [code in RdsIamErrorCode]?: ProxyRejectionReason } = {
  ERR_RDS_IAM_ALIAS: 'unreachable',
  ERR_RDS_IAM_INSECURE_CONNECTION: 'insecure',
}

/** Turns an error in the server's part of a login into a rejection. */
export function serverFault(error: unknown, { address }: { readonly address: string }): Rejection {
  if (error instanceof Rejection) return error
  if (error instanceof RdsIamError)
    return new Rejection(REASONS[error.code] ?? 'credentials', error.message, { cause: error })
  const what = error instanceof CutOff ? 'the server hung up during the login' : reasonOf(error)
  return new Rejection('unreachable', `Can't log in at ${address}: ${what}.`, { cause: error })
}
