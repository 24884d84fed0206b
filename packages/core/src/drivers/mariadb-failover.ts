// Ends a connection of mariadb to a writer endpoint, if its server turns out to be read-only.
import type { Duplex } from 'node:stream'
import { saysReadOnly } from './mysql-read-only.ts'

/**
 * If `error` says that the server is read-only, ends the connection on `socket`, and returns the reason. mariadb shows
 * the connection to no option, but ends it when the socket below TLS emits an error.
 */
export function endIfReadOnly(error: Error, socket: Duplex | undefined): Error | undefined {
  if (!saysReadOnly(error) || !socket) return undefined
  const message = `rds-iam closed this connection, because its server is read-only: ${error.sqlMessage}`
  const reason = new Error(message, { cause: error })
  try {
    socket.emit('error', reason)
  } catch (thrown) {
    if (thrown !== reason) throw thrown // mariadb throws it if nobody listens to the connection's errors
  }
  socket.destroy()
  return reason
}
