// Sessions of drivers that log in with a password in a URL, as clients of a proxy do.
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'

export interface Session {
  query(sql: string): Promise<Record<string, unknown>[]>
  end(): Promise<void>
  /** Resolves when the server has disconnected. */
  readonly gone: Promise<unknown>
}

export async function open(url: string): Promise<Session> {
  if (url.startsWith('mysql:')) {
    const connection = await createConnection(url)
    const gone = new Promise((resolve) => connection.on('error', resolve))
    const query = async (sql: string) => (await connection.query<RowDataPacket[]>(sql))[0]
    return { query, end: () => connection.end(), gone }
  }
  const client = new pg.Client(url)
  const gone = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  return { query: async (sql) => (await client.query(sql)).rows, end: () => client.end(), gone }
}

/** Logs in, asks for the user, and disconnects. */
export async function whoIs(url: string): Promise<string> {
  const session = await open(url)
  const [row] = await session.query('SELECT current_user AS name')
  await session.end()
  return String(row?.name).replace('@%', '')
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
