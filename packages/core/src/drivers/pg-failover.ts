// Ends a connection of pg to a writer endpoint, if its server turns out to be read-only.
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

export type Connection = EventEmitter & { readonly stream: Socket }

/** The version decides which of the last two exists. pg's types lack both. */
export interface Client extends EventEmitter {
  query(text: string, callback: (error: unknown, result?: { rows: unknown[] }) => void): void
  end(): Promise<void>
  _getActiveQuery?(): unknown
  /** Until 8.15. */
  readonly activeQuery?: unknown
}

/** read_only_sql_transaction: the server is read-only, or the user made the transaction read-only. */
const READ_ONLY = '25006'

/**
 * Distinguishes the two. A server is read-only in recovery, as a replica, or if its configuration says so, as after a
 * blue/green switchover. The other sources of the setting are the session, its user and its database.
 */
const SERVER_IS_READ_ONLY = `SELECT pg_catalog.pg_is_in_recovery() OR EXISTS (
  SELECT FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only' AND setting = 'on'
  AND source IN ('configuration file', 'command line')) AS yes`

/**
 * Watches a connection that has yet to log in. After error 25006, and after the ROLLBACK of its transaction if there is
 * one, asks the server whether it is read-only. If so, ends the connection. Until then, holds the answer to the last
 * statement, so that the caller can't release the connection to a pool.
 */
export function endIfReadOnly(client: Client, connection: Connection): void {
  let stage: 'at rest' | 'failed' | 'asking' = 'at rest'
  let held: (() => void)[] = []
  const release = (): void => {
    const answers = held
    held = []
    for (const answer of answers) answer()
  }
  const hold = (query: unknown): boolean => {
    const { callback }: { callback?: unknown } = Object(query)
    if (typeof callback !== 'function') return false // of a cursor or stream
    Object.assign(Object(query), {
      callback: (...results: unknown[]) => held.push(() => Reflect.apply(callback, query, results)),
    })
    return true
  }

  const ask = ({ status }: { status: string }): void => {
    if (status !== 'I') {
      release() // in a transaction, which the caller has to roll back
      return
    }
    connection.off('readyForQuery', ask)
    const waits = hold(activeQuery(client)) || held.length > 0
    stage = waits ? 'asking' : 'at rest'
    // A caller that has its answer may have released the connection, and another statement on it would be lost.
    if (!waits) return
    client.query(SERVER_IS_READ_ONLY, (_error, result) => {
      stage = 'at rest'
      if (!Object(result?.rows[0]).yes) {
        release()
        return
      }
      client.once('end', release)
      void client.end()
      connection.stream.destroy() // end() would wait for the server to disconnect
    })
  }

  // Both listeners come before the client's own.
  connection.prependListener('errorMessage', (error: unknown) => {
    if (Object(error).code !== READ_ONLY) return
    hold(activeQuery(client))
    if (stage !== 'at rest') return
    stage = 'failed'
    connection.prependListener('readyForQuery', ask)
  })
}

function activeQuery(client: Client): unknown {
  return client._getActiveQuery ? client._getActiveQuery() : client.activeQuery
}
