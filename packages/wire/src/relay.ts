// Joins two connections: bytes both ways, and nothing but bytes.
import type { Socket } from 'node:net'

/**
 * Moves what comes on either side to the other, waiting where the other is slow. When one side has said all it
 * has to say, the other is told so and may still answer; when one side is gone, so is the other.
 */
export function relay(client: Socket, server: Socket): void {
  client.pipe(server)
  server.pipe(client)
  follow(client, server)
  follow(server, client)
}

function follow(gone: Socket, left: Socket): void {
  const close = (hadError: boolean): void => {
    // After a proper end on both sides, what is still on its way is delivered first.
    if (!hadError && left.writableEnded) left.destroySoon()
    else left.destroy()
  }
  if (gone.destroyed) close(gone.errored !== null)
  else gone.once('close', close)
}
