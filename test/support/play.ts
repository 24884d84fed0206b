// Servers that a test plays: they follow a script with each client, and record everything they receive.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { readBytes } from '@rds-iam/wire/read'
import { acceptTls } from '@rds-iam/wire/sockets'
import type { Issued } from '../../packages/local/src/certificates.ts'
import { type Listening, listen } from './listen.ts'

/** The script for a client. When it ends, the connection stays open; when it rejects, the connection is destroyed. */
export type Script = (talk: Talk) => Promise<unknown>

export interface Played extends Listening {
  /** Everything that clients sent, before TLS and inside it. */
  received(): string
  /** The number of clients. */
  readonly clients: number
  /** Resolves when the next client connects. */
  next(): Promise<Socket>
  /** Ends all connections properly, and waits until the clients have disconnected. */
  hangUp(): Promise<void>
}

/** The conversation with one client. */
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

  /** Reads the next bytes, or exactly `length`. Rejects when the client has disconnected. */
  async take(length?: number): Promise<Buffer> {
    const first = await readBytes(this.socket, length ?? 1)
    const rest: Buffer | null = length === undefined ? this.socket.read() : null
    const bytes = rest ? Buffer.concat([first, rest]) : first
    this.#record.push(bytes)
    return bytes
  }

  /** Reads everything until the client disconnects. */
  async takeAll(): Promise<never> {
    for (;;) await this.take()
  }

  hangUp(): void {
    this.socket.end()
  }

  /** Starts TLS as the server. A client can resume sessions of the same context. */
  async secure(identity: Issued | SecureContext): Promise<void> {
    const secureContext = 'cert' in identity ? createSecureContext(identity) : identity
    const begun = (secure: TLSSocket): void => {
      this.socket = secure
    }
    await acceptTls(this.socket, { secureContext, alpn: 'postgresql', begun })
  }
}

/** Starts a server that plays `script` with each client, on a port or the path of a socket. */
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

/** One script for each client, in order. Disconnects further clients. */
export function inTurn(...scripts: readonly Script[]): Script {
  const left = [...scripts]
  return async (talk) => {
    const script = left.shift()
    if (script) await script(talk)
    else talk.socket.destroy()
  }
}

/** Sends the same to every client, and hangs up. */
export function saying(words: Buffer | string): Script {
  return async (talk) => {
    talk.send(words)
    talk.hangUp()
  }
}

/** Accepts the connection and reads everything, but sends nothing. */
export const silent: Script = (talk) => talk.takeAll()

/** Forwards everything to a port of this machine, as a tunnel does. */
export function passingOnTo(port: number): Script {
  return async ({ socket }) => {
    const onward = connect(port, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  }
}

/** Destroys the connection. */
export const cutting: Script = async (talk) => talk.socket.destroy()
