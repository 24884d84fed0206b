// The proxy's events, for callbacks and on channels of node:diagnostics_channel. They contain no secrets.
import { channel } from 'node:diagnostics_channel'
import { reasonOf, safeMessage } from '@rds-iam/core/connect'

/** What is known about a client so far. */
export interface ProxyClient {
  /** The database user that it logs in as; undefined if it hasn't sent one. */
  readonly user: string | undefined
  /** The database that it asks for; undefined if it hasn't sent one. */
  readonly database: string | undefined
  /** Its address, or `socket` if it came through a Unix socket. */
  readonly client: string
  /** How long its login took, in milliseconds. */
  readonly ms: number
}

/** A client that has logged in. Published on the channel `rds-iam:proxy:opened`, and passed to `onConnection`. */
export interface ProxyConnection extends ProxyClient {
  /** The database user that it logged in as. */
  readonly user: string
  /** How many sessions are open now, including this one. */
  readonly connections: number
}

/** A session that has ended. Published on the channel `rds-iam:proxy:closed`. */
export interface ProxyDisconnection extends ProxyClient {
  /** How long it lasted, in milliseconds. */
  readonly sessionMs: number
  /** How many sessions are open now. */
  readonly connections: number
}

/**
 * Why a client was rejected.
 *
 * By the proxy itself, without asking the server:
 * - `malformed`: the client did not send a valid login.
 * - `left`: the client disconnected without logging in, as port probes and clients without a password do.
 * - `timeout`: the client went silent, or too many silent ones were waiting.
 * - `password`: the client sent a wrong local password, or none.
 * - `user`: the client wants to log in as a user who is not among `users`.
 * - `limit`: there are `maxConnections` sessions already.
 *
 * On the way to the server:
 * - `credentials`: there are no AWS credentials to sign a token with.
 * - `unreachable`: the server can't be reached, hung up, or took too long.
 * - `insecure`: the server has not proven to be the endpoint, so it got no token.
 * - `not-iam`: the server asks for another kind of login: the user is not enabled for IAM.
 * - `rejected`: the server rejected the IAM login.
 * - `refused`: the server refused for another reason, such as a database that does not exist.
 */
export type ProxyRejectionReason =
  | 'malformed'
  | 'left'
  | 'timeout'
  | 'password'
  | 'user'
  | 'limit'
  | 'credentials'
  | 'unreachable'
  | 'insecure'
  | 'not-iam'
  | 'rejected'
  | 'refused'

/** A client that was rejected. Published on the channel `rds-iam:proxy:rejected`, and passed to `onRejected`. */
export interface ProxyRejection extends ProxyClient {
  /** The reason, for programs. */
  readonly reason: ProxyRejectionReason
  /** The reason, for people. */
  readonly message: string
  /** The underlying error, if there is one: an `RdsIamError` or a system error. */
  readonly error?: unknown
}

/**
 * The names of the proxy's channels in node:diagnostics_channel, and what is published on each.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import { proxyChannels, type ProxyDisconnection } from '@rds-iam/proxy'
 *
 * subscribe(proxyChannels.closed, (message) => {
 *   const { user, sessionMs } = message as ProxyDisconnection
 *   console.log(`${user} was connected for ${sessionMs / 1000} s`)
 * })
 * ```
 */
export const proxyChannels: {
  /** {@link ProxyConnection} */
  readonly opened: 'rds-iam:proxy:opened'
  /** {@link ProxyDisconnection} */
  readonly closed: 'rds-iam:proxy:closed'
  /** {@link ProxyRejection} */
  readonly rejected: 'rds-iam:proxy:rejected'
} = {
  opened: 'rds-iam:proxy:opened',
  closed: 'rds-iam:proxy:closed',
  rejected: 'rds-iam:proxy:rejected',
}

const opened = channel(proxyChannels.opened)
const closed = channel(proxyChannels.closed)
const rejected = channel(proxyChannels.rejected)

/** Reports the proxy's clients. An error in a listener becomes a warning and doesn't affect the client. */
export interface Events {
  opened(connection: ProxyConnection): void
  closed(disconnection: ProxyDisconnection): void
  rejected(rejection: ProxyRejection): void
}

export function eventsFor(listeners: {
  onConnection: ((connection: ProxyConnection) => void) | undefined
  onRejected: ((rejection: ProxyRejection) => void) | undefined
}): Events {
  return {
    opened(connection) {
      opened.publish(connection)
      void tell(listeners.onConnection, connection)
    },
    closed(disconnection) {
      closed.publish(disconnection)
    },
    rejected(found) {
      // It may quote the server.
      const rejection = { ...found, message: safeMessage(found.message) }
      rejected.publish(rejection)
      void tell(listeners.onRejected, rejection)
    },
  }
}

/** A listener may be an async function. Its unhandled rejection would end the process. */
async function tell<T>(listener: ((event: T) => unknown) | undefined, event: T): Promise<void> {
  try {
    await listener?.(event)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : reasonOf(error))
  }
}
