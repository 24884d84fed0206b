// Logs in to a MySQL server to see whether it accepts a user, and which version it is.
import { awaitGreeting, logIn } from '@rds-iam/wire/mysql-client'
import {
  CONNECT_WITH_DB,
  PLUGIN_AUTH,
  PROTOCOL_41,
  type Response,
  SECURE_CONNECTION,
} from '@rds-iam/wire/mysql-handshake'
import { dial } from '@rds-iam/wire/sockets'
import { hangUpWhenSilent, type Probe } from './server.ts'

const UTF8MB4 = 45

/** Resolves with the server's version. */
export async function probeMysql({
  host,
  port,
  user,
  password,
  database,
}: Probe & { database?: string }): Promise<string> {
  const socket = await dial({ host, port }, hangUpWhenSilent)
  try {
    const greeting = await awaitGreeting(socket)
    await logIn(socket, greeting, responseOf(user, database), password)
    // MariaDB 10 prefixes its version with '5.5.5-' for old MySQL replicas.
    return greeting.version.replace(/^5\.5\.5-/, '')
  } finally {
    socket.destroy()
  }
}

function responseOf(user: string, database: string | undefined): Response {
  const fixed = Buffer.alloc(28)
  fixed.writeUInt32LE(2 ** 24 - 1, 0)
  fixed.writeUInt8(UTF8MB4, 4)
  return {
    capabilities:
      PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH | (database === undefined ? 0 : CONNECT_WITH_DB),
    fixed,
    user: Buffer.from(user),
    proof: Buffer.alloc(0),
    database: database === undefined ? undefined : Buffer.from(database),
    plugin: '',
    tail: Buffer.alloc(0),
  }
}
