// Ends a connection of mysql2 to a writer endpoint, if its server turns out to be read-only.
import { saysReadOnly } from './mysql-read-only.ts'

/** The parts of a connection, and of the command that it is running, that mysql2's types lack. */
export interface Connection {
  readonly _command?: Command
  readonly _paused?: boolean
  handlePacket(packet?: Packet): void
  query(sql: string, onResult: (error: unknown, result?: unknown) => void): Command
  destroy(): void
}
interface Command {
  onResult?: (error: unknown, ...results: unknown[]) => void
  emit(...event: unknown[]): boolean
}
interface Packet {
  isError(): boolean
}

const IN_TRANSACTION = 1
const watchedConnections = new WeakSet<Connection>()

/**
 * Watches a connection that is logging in. Ends it after the server has said that it is read-only, and after the
 * transaction if there is one. Until then, holds the answer to the last statement, so that the caller can't release the
 * connection to a pool.
 */
export function endIfReadOnly(connection: Connection): void {
  if (watchedConnections.has(connection)) return // changeUser() logs in again
  watchedConnections.add(connection)
  const handlePacket = connection.handlePacket.bind(connection)
  const watched = new WeakSet<Command>()
  let readOnly = false

  // mysql2 calls it with each packet.
  connection.handlePacket = (packet) => {
    if (packet && (readOnly || packet.isError()) && !connection._paused) watch(connection._command)
    handlePacket(packet)
  }

  const watch = (command: Command | undefined): void => {
    if (!command?.onResult || watched.has(command)) return
    watched.add(command)
    const onResult = command.onResult.bind(command)
    const emit = command.emit.bind(command)
    let held: (() => void)[] | undefined
    command.onResult = (error, ...results) => {
      if (!saysReadOnly(error)) {
        if (readOnly && isOver(results[0])) connection.destroy()
        onResult(error, ...results)
        return
      }
      readOnly = true
      held = [() => onResult(error, ...results)]
      // An error doesn't tell whether a transaction is open. Any other answer does.
      const question = connection.query('DO 0', (_failed, answer) => {
        if (isOver(answer)) connection.destroy()
        const events = held ?? []
        held = undefined
        for (const event of events) event()
      })
      watched.add(question)
    }
    // A pool takes the connection back at 'end', which follows an error at once.
    command.emit = (...event) => (held ? held.push(() => emit(...event)) > 0 : emit(...event))
  }
}

/** Rows don't have the status. */
function isOver(result: unknown): boolean {
  const { serverStatus }: { serverStatus?: unknown } = Object(result)
  return typeof serverStatus === 'number' && (serverStatus & IN_TRANSACTION) === 0
}
