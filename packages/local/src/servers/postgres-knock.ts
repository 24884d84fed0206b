// Logs in to a PostgreSQL server, to see whether it lets a user in, which version it is, and to run statements.
import { logIn, openBackend } from '../wire/postgres/backend.ts'
import { PROTOCOL_3_0 } from '../wire/postgres/messages.ts'
import { execute } from '../wire/postgres/query.ts'
import { dial } from '../wire/sockets.ts'
import { hangUpWhenSilent, type Visitor } from './server.ts'

/** Resolves with the server's version. */
export async function knockOnPostgres(
  visitor: Visitor & { database: string },
  statements: readonly string[] = [],
): Promise<string> {
  const socket = await dial(visitor.host, visitor.port, hangUpWhenSilent)
  try {
    const parameters = new Map(Object.entries({ user: visitor.user, database: visitor.database }))
    const opened = await openBackend(socket, { protocol: PROTOCOL_3_0, parameters })
    const ready = await logIn(socket, opened, visitor.user, visitor.password)
    await execute(socket, ...statements)
    // '18.4 (Debian 18.4-1)', as some builds have it.
    return (ready.parameters.get('server_version') ?? '').replace(/ .*/, '')
  } finally {
    socket.destroy()
  }
}
