// One client, from its first byte until it is joined to the server: its sockets, its deadline, and the known facts.
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
  /** Rejects when the proxy gives the client up, whatever the login is waiting for. */
  readonly failed: Promise<never>
  readonly #startedAt = performance.now()
  readonly #servers: Socket[] = []
  #fail: (rejection: Rejection) => void = () => {}
  #deadline: NodeJS.Timeout | undefined
  #stage: 'login' | 'open' | 'over' = 'login'
  readonly #unref: boolean

  /** With `unref`, its connections don't keep the process alive. */
  constructor(socket: Socket, unref: boolean) {
    tame(socket)
    this.socket = socket
    this.#unref = unref
    if (unref) socket.unref()
    // An IPv4 client of an IPv6 socket is shown as what it is.
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

  /** Whether the client has been told that it is in. */
  get isOpen(): boolean {
    return this.#stage === 'open'
  }

  /** The login has succeeded. Throws if the client has been given up meanwhile. */
  open(): void {
    if (this.#stage !== 'login') throw new CutOff(0)
    this.#stage = 'open'
    clearTimeout(this.#deadline)
  }

  /** How long the next part may take. */
  within(ms: number, late: () => Rejection): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.fail(late()), ms)
    this.#deadline.unref()
  }

  /** Adds a connection to the server, which ends with the login, should it fail. */
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
    // What the client still sends is read and dropped: closing over unread bytes would reset the connection, and the
    // client might never see the answer. One that does not hang up is not waited for.
    socket.resume()
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    patience.unref()
    socket.once('close', () => clearTimeout(patience))
  }

  /** Ends all its connections, and resolves once they are closed. */
  async destroy(): Promise<void> {
    const sockets = [this.socket, ...this.#servers].filter((socket) => !socket.closed)
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    this.refuse(undefined)
    await Promise.all(closed)
  }
}

const PATIENCE_MS = 5_000

/** The newest first: TLS goes before the connection below it. */
function destroyAll(sockets: readonly Socket[]): void {
  for (const socket of [...sockets].reverse()) socket.destroy()
}

function left({ errored }: Socket): Rejection {
  const cause = new CutOff(0, errored)
  const how = errored ? `The connection broke (${errored.message})` : 'The client disconnected'
  return new Rejection('left', `${how} before it had logged in.`, { cause })
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
