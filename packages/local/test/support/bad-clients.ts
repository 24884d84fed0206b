// Shared by the tests of bad clients: how far they get, and the one verdict on each.
import type { Socket } from 'node:net'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { readBytes } from '@rds-iam/wire/read'
import { afterEach, expect } from 'vitest'
import type { LocalRds, Verdict } from '../../src/index.ts'
import { USER, visit } from './clients.ts'
import {
  dialRaw,
  mysqlHead,
  mysqlOverTls,
  mysqlResponse,
  mysqlToThePassword,
  PG_SSL_REQUEST,
  pgPassword,
  pgStartUp,
  pgToThePassword,
  startTls,
} from './raw.ts'
import { useWatched, type Watched } from './verdicts.ts'

export type Engine = 'postgres' | 'mysql'

export const START_UP = { user: USER, database: 'app' }
export const HTTP = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** A valid start-up packet to send over TLS. */
export function startUpOf(engine: Engine): Buffer {
  return engine === 'postgres' ? pgStartUp(START_UP) : packet(2, mysqlResponse(USER))
}

export function passwordOf(engine: Engine, text: string): Buffer {
  return engine === 'postgres' ? pgPassword(text) : packet(4, Buffer.from(`${text}\0`))
}

/** Connects until the server has agreed to TLS and waits for the handshake. */
export async function toTls(local: LocalRds): Promise<Socket> {
  const socket = await dialRaw(local)
  if (local.engine === 'postgres') {
    socket.write(PG_SSL_REQUEST)
    await readBytes(socket, 1)
  } else {
    await readPacket(socket)
    socket.write(packet(1, mysqlHead()))
  }
  return socket
}

export async function overTls(local: LocalRds): Promise<Socket> {
  return local.engine === 'postgres' ? startTls(local, await toTls(local)) : mysqlOverTls(local)
}

export async function toThePassword(local: LocalRds): Promise<Socket> {
  if (local.engine === 'postgres') return pgToThePassword(local, START_UP)
  return (await mysqlToThePassword(local, USER)).socket
}

export interface Gate {
  watched(): Watched
  /** Runs a client and returns the one verdict on it. */
  verdictOn(client: (local: LocalRds) => Promise<Socket>): Promise<Verdict>
}

/** A local RDS for the tests of a `describe`. After each test, a good client must be able to log in. */
export function gateFor(engine: Engine): Gate {
  const watched = useWatched({ engine })
  let sockets: Socket[] = []
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    sockets = []
    await visit(watched().local)
  })
  return {
    watched,
    async verdictOn(client) {
      const { local, next } = watched()
      const before = local.verdicts.length
      const awaited = next()
      sockets.push(await client(local))
      const verdict = await awaited
      expect(local.verdicts).toHaveLength(before + 1)
      return verdict
    },
  }
}
