// Ports on loopback: of a test's own server, closed, and one that never answers.
import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { start } from './child.ts'

export interface Listening extends AsyncDisposable {
  readonly host: '127.0.0.1'
  /** 0 for the path of a socket. */
  readonly port: number
  readonly url: string
  /** How many connections are open. */
  connections(): number
  /** Closes the port and destroys all connections. May be called twice. */
  stop(): Promise<void>
}

/** Makes a server listen on a port or the path of a socket. */
export async function listen(server: Server | HttpServer, path?: string): Promise<Listening> {
  const clients = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    clients.add(socket)
    socket.on('error', () => {}).once('close', () => clients.delete(socket))
  })
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of clients) socket.destroy()
    await closed
  }
  return listening(port, () => clients.size, stop)
}

function listening(port: number, connections: () => number, stop: () => Promise<void>): Listening {
  const url = `http://127.0.0.1:${port}`
  return { host: '127.0.0.1', port, url, connections, stop, [Symbol.asyncDispose]: stop }
}

/** A web server that always gives the same answer. Leaves out undefined headers. */
export function answerHttp(
  status: number,
  body = '',
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Listening> {
  const server = createHttpServer((_, response) => {
    response.sendDate = !('date' in headers)
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value)
    response.writeHead(status).end(body)
  })
  return listen(server)
}

/** A port where nothing listens. */
export async function closedPort(): Promise<number> {
  const { port, stop } = await listen(createServer())
  await stop()
  return port
}

/** A port that doesn't even refuse connections, as behind a firewall that drops packets. */
export async function swallowingPort(): Promise<Listening> {
  const child = start(process.execPath, ['-e', DEAF])
  const [said] = await once(child.stdout, 'data')
  const port = Number(said)
  // Fill its backlog of 1. The system lets all later clients wait.
  const waiting = [0, 1].map(() => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(waiting.map((socket) => once(socket, 'connect')))
  const stop = async (): Promise<void> => {
    for (const socket of waiting) socket.destroy()
    child.kill('SIGKILL')
  }
  return listening(port, () => waiting.length, stop)
}

/** Listens, but never accepts a connection. */
const DEAF = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`
