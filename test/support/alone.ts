// Waits until clients have left a server. A pool may continue logins after it has ended, as mariadb's does.
import type { Connection } from 'mysql2/promise'
import type pg from 'pg'
import { vi } from 'vitest'

const PATIENCE = { timeout: 30_000 }

/** Waits until the user has no connection, except this one. */
export function aloneOnPostgres(client: pg.Client, user: string): Promise<void> {
  return vi.waitFor(async () => {
    const { rowCount } = await client.query(
      'SELECT FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()',
      [user],
    )
    if (rowCount !== 0) throw new Error(`${rowCount} connections are left`)
  }, PATIENCE)
}

/**
 * Waits until nobody has another connection. The gate connects to the server before it greets, so this also sees running
 * logins, if the connection's user may see those of others.
 */
export function aloneOnMysql(connection: Connection): Promise<void> {
  return vi.waitFor(async () => {
    // MariaDB's own threads have the first name, MySQL's the second.
    const [rows] = await connection.query(
      "SELECT id FROM information_schema.processlist WHERE user NOT IN ('system user', 'event_scheduler') AND id <> connection_id()",
    )
    const { length } = Object(rows)
    if (length !== 0) throw new Error(`${length} connections are left`)
  }, PATIENCE)
}
