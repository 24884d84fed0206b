// Servers that say what no real one says, or not at that moment.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import {
  type Greeting,
  greetingBody,
  PLUGIN_AUTH,
  PROTOCOL_41,
  SECURE_CONNECTION,
} from '../../src/wire/mysql/handshake.ts'
import { packet, readPacket } from '../../src/wire/mysql/packets.ts'
import { int32, message } from '../../src/wire/postgres/messages.ts'
import { readOpening } from '../../src/wire/postgres/start-up.ts'
import { tame } from '../../src/wire/sockets.ts'

export type Part = (socket: Socket) => Promise<unknown>

export interface Played {
  port: number
  stop(): void
}

/** One part for each who calls, in their order. Who calls once more is hung up on. */
export async function play(...parts: Part[]): Promise<Played> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    tame(socket)
    sockets.push(socket)
    const part = parts.shift()
    if (part === undefined) socket.destroy()
    else part(socket).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** What a PostgreSQL says to the start-up packet; nothing more is read. */
export function pgSaying(...messages: Buffer[]): Part {
  return async (socket) => {
    await readOpening(socket)
    socket.write(Buffer.concat(messages))
  }
}

/** Authentication, of a kind. */
export function pgAuthentication(kind: number, rest: string | Buffer = Buffer.alloc(0)): Buffer {
  return message('R', int32(kind), Buffer.from(rest))
}

export const PG_READY: Buffer = message('Z', Buffer.from('I'))

export const MYSQL_OK: Buffer = Buffer.from([0, 0, 0, 2, 0, 0, 0])

export function mysqlGreeting(changes: Partial<Greeting> = {}): Buffer {
  return greetingBody({
    version: '8.4.0',
    connectionId: 7,
    scramble: Buffer.from('abcdefghijklmnopqrst'),
    capabilities: PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH,
    charset: 255,
    status: 2,
    reserved: Buffer.alloc(10),
    plugin: 'mysql_native_password',
    ...changes,
  })
}

/** A MySQL that greets, and then says one thing, whoever it is. */
export function mysqlSaying(body: Buffer): Part {
  return async (socket) => {
    socket.write(packet(0, mysqlGreeting()))
    const { sequence } = await readPacket(socket)
    socket.write(packet(sequence + 1, body))
  }
}
