// A local address that can be switched from one server to another, or that pauses logins before the token is requested.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpSwitch {
  readonly port: number
  /** The port that new connections go to. */
  leadsTo: number
  /** Holds back what the server sends to the next `count` clients after TLS. Resolves when it has sent to all. */
  hold(count: number): Promise<void>
  /** Delivers what was held back, and stops holding. */
  release(): void
  stop(): Promise<void>
}

/** The first byte of each TLS record after the handshake. */
const APPLICATION_DATA = Buffer.from([0x17, 3, 3])

export async function startSwitch(leadsTo: number): Promise<TcpSwitch> {
  const sockets = new Set<Socket>()
  const kept = new Map<Socket, Buffer[]>()
  let toHold = 0
  let allHeld = (): void => {}
  const relay = (client: Socket): void => {
    const server = connect(tcpSwitch.leadsTo, '127.0.0.1')
    let holds = toHold > 0
    if (holds) toHold--
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {}) // 'close' follows
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (holds && chunk.includes(APPLICATION_DATA)) {
        holds = false
        kept.set(client, [])
      }
      server.write(chunk)
    })
    server.on('data', (chunk) => {
      const buffer = kept.get(client)
      if (!buffer) {
        client.write(chunk)
        return
      }
      buffer.push(chunk)
      if (toHold === 0 && [...kept.values()].every(({ length }) => length > 0)) allHeld()
    })
  }
  const listener = createServer(relay).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // it listens on TCP
  const tcpSwitch: TcpSwitch = {
    port,
    leadsTo,
    hold: (count) => {
      toHold = count
      return new Promise((resolve) => {
        allHeld = () => {
          if (kept.size === count) resolve()
        }
      })
    },
    release: () => {
      for (const [client, chunks] of kept) for (const chunk of chunks) client.write(chunk)
      kept.clear()
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
  return tcpSwitch
}
