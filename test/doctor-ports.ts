// Ports for a doctor to find: open, closed, and such as swallow whoever comes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll } from 'vitest'

export interface Ports {
  /** Of a server that is to be closed after the tests. */
  listening(server: Server): Promise<number>
  /** Of nobody. */
  closed(): Promise<number>
  /** Where nothing comes back, not even a refusal, as behind a firewall that drops packets. */
  swallowing(): Promise<number>
}

export function usePorts(): Ports {
  const closing: (() => unknown)[] = []
  afterAll(() => {
    for (const close of closing) close()
  })
  async function listening(server: Server): Promise<number> {
    const clients = new Set<Socket>()
    server.on('connection', (socket) => clients.add(socket.on('error', () => {})))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => {
      server.close()
      for (const socket of clients) socket.destroy()
    })
    return (server.address() as AddressInfo).port // a server that listens on TCP has one
  }
  return {
    listening,
    async closed() {
      const server = createServer()
      const port = await listening(server)
      server.close()
      await once(server, 'close')
      return port
    },
    async swallowing() {
      const child = spawn(process.execPath, ['-e', DEAF])
      closing.push(() => child.kill('SIGKILL'))
      const [port] = await once(child.stdout, 'data')
      // As many as its backlog of 1 takes; the system lets whoever comes after them wait.
      const waiting = [0, 1].map(() => connect(Number(port), '127.0.0.1'))
      closing.push(() => waiting.map((socket) => socket.destroy()))
      await Promise.all(waiting.map((socket) => once(socket, 'connect')))
      return Number(port)
    },
  }
}

/** Listens, and never gets to accept anybody. */
const DEAF = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`
