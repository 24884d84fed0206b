// Ends a connection of mariadb to a writer endpoint, if its server turns out to be read-only.
import type { Duplex } from 'node:stream'
import { saysReadOnly } from './mysql-read-only.ts'

/** The parts of a login that matter here. */
interface Ending {
  /** The socket below TLS. */
  readonly socket?: Duplex
  /** Why the connection was ended. */
  ended?: Error
}

/**
 * If `error` says that the server is read-only, ends the connection, and notes the reason. mariadb shows the connection
 * to no option, but ends it when the socket below TLS emits an error.
 */
export function endIfReadOnly(error: Error, login: Ending): void {
  const { socket, ended } = login
  if (ended || !socket || !saysReadOnly(error)) return
  // Later statements get the reason. The driver's error contains the text and values of this one, so it isn't the cause.
  const reason = new Error(
    `rds-iam closed this connection, because its server is read-only: ${error.sqlMessage}`,
  )
  login.ended = reason
  try {
    socket.emit('error', reason)
  } catch (thrown) {
    if (thrown !== reason) throw thrown // mariadb throws it if nobody listens to the connection's errors
  } finally {
    socket.destroy()
  }
}
