// Servers that a test plays: they say to each client what a script has them say, and record all that comes.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { readBytes } from '@rds-iam/wire/read'
import { acceptTls } from '@rds-iam/wire/sockets'
import type { Issued } from '../../packages/local/src/certificates.ts'
import { type Listening, listen } from './listen.ts'

/** What is played to a client. The connection stays open when it ends, and is cut when it rejects. */
export type Script = (talk: Talk) => Promise<unknown>

export interface Played extends Listening {
  /** All that came from clients, before TLS and inside it. */
  received(): string
  /** How many clients came. */
  readonly clients: number
  /** Resolves when the next client comes. */
  next(): Promise<Socket>
  /** Ends all calls in due form, and waits until the callers have left. */
  hangUp(): Promise<void>
}

/** The talk with one client. */
export class Talk {
  socket: Socket
  readonly #record: Buffer[]

  constructor(socket: Socket, record: Buffer[]) {
    this.#record = record
    this.socket = socket
    socket.on('error', () => {})
  }

  send(...bytes: readonly (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(bytes.map((each) => Buffer.from(each))))
  }

  /** The next that comes, whatever it is, or `length` bytes of it; rejects when the client has left. */
  async take(length?: number): Promise<Buffer> {
    const first = await readBytes(this.socket, length ?? 1)
    const rest: Buffer | null = length === undefined ? this.socket.read() : null
    const bytes = rest ? Buffer.concat([first, rest]) : first
    this.#record.push(bytes)
    return bytes
  }

  /** Takes all that comes, until the client leaves. */
  async takeAll(): Promise<never> {
    for (;;) await this.take()
  }

  hangUp(): void {
    this.socket.end()
  }

  /** Goes over to TLS, as the server. */
  async secure({ cert, key }: Issued): Promise<void> {
    const secureContext = createSecureContext({ cert, key })
    const begun = (secure: TLSSocket): void => {
      this.socket = secure
    }
    await acceptTls(this.socket, { secureContext, alpn: 'postgresql', begun })
  }
}

/** Starts a server that plays `script` to each client, at a port or the path of a socket. */
export async function play(script: Script, path?: string): Promise<Played> {
  const record: Buffer[] = []
  const talks = new Set<Talk>()
  let clients = 0
  const server = createServer((socket) => {
    clients++
    const talk = new Talk(socket, record)
    talks.add(talk)
    socket.once('close', () => talks.delete(talk))
    script(talk).catch(() => talk.socket.destroy())
  })
  const listening = await listen(server, path)
  return {
    ...listening,
    received: () => Buffer.concat(record).toString('latin1'),
    get clients() {
      return clients
    },
    next: () => new Promise((resolve) => server.once('connection', resolve)),
    hangUp: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const talk of talks) talk.hangUp()
      await closed
    },
  }
}

/** One script for each client, in their order. Who comes after them is cut off. */
export function inTurn(...scripts: readonly Script[]): Script {
  const left = [...scripts]
  return async (talk) => {
    const script = left.shift()
    if (script) await script(talk)
    else talk.socket.destroy()
  }
}

/** Says the same to everybody at once, and hangs up. */
export function saying(words: Buffer | string): Script {
  return async (talk) => {
    talk.send(words)
    talk.hangUp()
  }
}

/** Takes the call and all that comes, and says nothing. */
export const silent: Script = (talk) => talk.takeAll()

/** Passes all on to a port of this machine, as a tunnel does. */
export function passingOnTo(port: number): Script {
  return async ({ socket }) => {
    const onward = connect(port, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  }
}

/** Cuts the connection. */
export const cutting: Script = async (talk) => talk.socket.destroy()
