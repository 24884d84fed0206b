// Logs in to a PostgreSQL server to see whether it accepts a user and which version it is, and to run statements.
import { logIn, openBackend } from '@rds-iam/wire/postgres-client'
import { PROTOCOL_3_0 } from '@rds-iam/wire/postgres-messages'
import { execute } from '@rds-iam/wire/postgres-query'
import { dial } from '@rds-iam/wire/sockets'
import { hangUpWhenSilent, type Probe } from './server.ts'

/** Resolves with the server's version. */
export async function probePostgres(
  probe: Probe & { database: string },
  statements: readonly string[] = [],
): Promise<string> {
  const socket = await dial({ host: probe.host, port: probe.port }, hangUpWhenSilent)
  try {
    const parameters = new Map(Object.entries({ user: probe.user, database: probe.database }))
    const opened = await openBackend(socket, { protocol: PROTOCOL_3_0, parameters })
    const ready = await logIn(socket, opened, probe.user, probe.password)
    await execute(socket, ...statements)
    // Some builds report '18.4 (Debian 18.4-1)'.
    return (ready.parameters.get('server_version') ?? '').replace(/ .*/, '')
  } finally {
    socket.destroy()
  }
}
