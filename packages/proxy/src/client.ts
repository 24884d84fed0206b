// One client, until it is connected to the server: its sockets, its deadline, and what is known about it.
import type { Socket } from 'node:net'
import { CutOff } from '@rds-iam/wire/read'
import { tame } from '@rds-iam/wire/sockets'
import type { ProxyClient } from './events.ts'
import { Rejection } from './rejection.ts'

export class Client {
  readonly socket: Socket
  readonly address: string
  user: string | undefined
  database: string | undefined
  /** Rejects when the proxy gives up on the client, whatever the login is waiting for. */
  readonly failed: Promise<never>
  readonly #startedAt = performance.now()
  readonly #servers: Socket[] = []
  #fail: (rejection: Rejection) => void = () => {}
  #deadline: NodeJS.Timeout | undefined
  #stage: 'login' | 'open' | 'over' = 'login'
  readonly #unref: boolean

  /** With `unref`, the client's connections don't keep the process alive. */
  constructor(socket: Socket, unref: boolean) {
    tame(socket)
    this.socket = socket
    this.#unref = unref
    if (unref) socket.unref()
    // For an IPv4 client on an IPv6 socket, show the IPv4 address.
    this.address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'socket'
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failed.catch(() => {})
    socket.once('close', () => this.fail(left(socket)))
  }

  get facts(): ProxyClient {
    const { user, database, address } = this
    return { user, database, client: address, ms: round(performance.now() - this.#startedAt) }
  }

  fail(rejection: Rejection): void {
    this.#fail(rejection)
  }

  /** Whether the client knows that its login has succeeded. */
  get isOpen(): boolean {
    return this.#stage === 'open'
  }

  /** Marks the login as successful. Throws if the proxy has given up on the client. */
  open(): void {
    if (this.#stage !== 'login') throw new CutOff(0)
    this.#stage = 'open'
    clearTimeout(this.#deadline)
  }

  /** Limits how long the next part of the login may take. */
  within(ms: number, late: () => Rejection): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.fail(late()), ms)
    this.#deadline.unref()
  }

  /** Registers a connection to the server, which is closed if the login fails. */
  keep<S extends Socket>(server: S): S {
    this.#servers.push(server)
    if (this.#unref) server.unref()
    if (this.#stage === 'over') server.destroy()
    return server
  }

  /** Sends the client its answer, if there is one, and closes everything else. */
  refuse(answer: Buffer | undefined): void {
    clearTimeout(this.#deadline)
    this.#stage = 'over'
    destroyAll(this.#servers)
    const { socket } = this
    if (answer === undefined || socket.destroyed) {
      socket.destroy()
      return
    }
    socket.end(answer)
    // Read and discard what the client still sends. Closing a socket with unread bytes resets the connection, and the
    // client might never see the answer. Don't wait for a client that doesn't hang up.
    socket.resume()
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    patience.unref()
    socket.once('close', () => clearTimeout(patience))
  }

  /** Closes all its connections. Resolves once they are closed. */
  async destroy(): Promise<void> {
    const sockets = [this.socket, ...this.#servers].filter((socket) => !socket.closed)
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    this.refuse(undefined)
    await Promise.all(closed)
  }
}

const PATIENCE_MS = 5_000

/** Newest first, so that TLS is destroyed before the connection below it. */
function destroyAll(sockets: readonly Socket[]): void {
  for (const socket of [...sockets].reverse()) socket.destroy()
}

function left({ errored }: Socket): Rejection {
  const cause = new CutOff(0, errored)
  const how = errored ? `The connection broke (${errored.message})` : 'The client disconnected'
  return new Rejection('left', `${how} before the login was complete.`, { cause })
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
