// A server that takes calls and says nothing: a login there hangs.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface Silent {
  readonly host: string
  readonly port: number
  /** Resolves when somebody is on the line. */
  readonly called: Promise<unknown>
  /** Ends all calls, and waits until the callers have left. */
  hangUp(): Promise<void>
}

/** Runs `work` beside such a server. */
export async function besideSilent<T>(work: (silent: Silent) => Promise<T>): Promise<T> {
  const calls = new Set<Socket>()
  const server = createServer((socket) => {
    calls.add(socket)
    socket.on('error', () => {}).on('close', () => calls.delete(socket))
    socket.resume() // or the caller's leaving would not be seen
  })
  const called = once(server, 'connection')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a server that listens on TCP has one
  const hangUp = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of calls) socket.end()
    await closed
  }
  try {
    return await work({ host: '127.0.0.1', port, called, hangUp })
  } finally {
    if (server.listening) await hangUp()
  }
}
