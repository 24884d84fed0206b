// Connects two sockets: copies bytes both ways, without reading them.
import type { Socket } from 'node:net'

/**
 * Copies each side's bytes to the other, with back-pressure. When one side ends, the other sees the end and may still
 * answer. When one side is destroyed, so is the other.
 */
export function relay(client: Socket, server: Socket): void {
  client.pipe(server)
  server.pipe(client)
  follow(client, server)
  follow(server, client)
}

function follow(gone: Socket, left: Socket): void {
  const close = (hadError: boolean): void => {
    // If both sides have ended properly, let the remaining bytes arrive first.
    if (!hadError && left.writableEnded) left.destroySoon()
    else left.destroy()
  }
  if (gone.destroyed) close(gone.errored !== null)
  else gone.once('close', close)
}
