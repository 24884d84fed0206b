// Sessions of drivers that log in with a password in a URL, as clients of a proxy do.
import { createConnection } from 'mysql2/promise'
import pg from 'pg'

export interface Session {
  query(sql: string): Promise<unknown>
  end(): Promise<void>
  /** Resolves when the server has disconnected. */
  readonly gone: Promise<unknown>
}

export async function open(url: string): Promise<Session> {
  if (url.startsWith('mysql:')) {
    const connection = await createConnection(url)
    const gone = new Promise((resolve) => connection.on('error', resolve))
    return { query: (sql) => connection.query(sql), end: () => connection.end(), gone }
  }
  const client = new pg.Client(url)
  const gone = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  return { query: (sql) => client.query(sql), end: () => client.end(), gone }
}

export async function visit(url: string): Promise<void> {
  const session = await open(url)
  await session.query('SELECT 1')
  await session.end()
}

/** The URL with another host, user, password or database. */
export function withPart(
  url: string,
  part: 'hostname' | 'username' | 'password' | 'pathname',
  value: string,
): string {
  const other = new URL(url)
  other[part] = value
  return other.href
}
