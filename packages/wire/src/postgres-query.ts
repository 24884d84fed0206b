// Runs statements on a connection that has logged in. Just enough to set up a server.
import type { Socket } from 'node:net'
import { message, readError, readMessage } from './postgres-messages.ts'

/** Rejects with the server's error for the first statement that fails. Ignores results. */
export async function execute(socket: Socket, ...statements: string[]): Promise<void> {
  for (const statement of statements) {
    socket.write(message('Q', statement))
    let failed: string | undefined
    for (;;) {
      const { type, body } = await readMessage(socket)
      if (type === 'E') failed ??= readError(body)
      if (type === 'Z') break
    }
    if (failed !== undefined) throw new Error(failed)
  }
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteLiteral(text: string): string {
  // E'' works the same whatever standard_conforming_strings is.
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
