// Connections to MySQL on which the server has sent its greeting and waits for a login. A client's greeting must
// contain the server's connection ID, so the connection is needed before the client has proven anything. Clients that
// never do must not use up the server's connections. So only a few connections are lent at a time, each for a short
// time, and an unused one serves the next client. That also avoids `max_connect_errors`, at which a server blocks the
// whole machine.
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { awaitGreeting } from '@rds-iam/wire/mysql-client'
import type { Greeting } from '@rds-iam/wire/mysql-handshake'
import { CutOff, Malformed } from '@rds-iam/wire/read'
import type { Client } from './client.ts'
import { SERVER_MS } from './engine.ts'
import { clientFault, Rejection, serverFault } from './rejection.ts'
import type { Keep, Upstream } from './upstream.ts'

/** The smallest RDS instances accept about 60 connections. */
const MOST = 20
/** How long a client may take to answer while others wait. */
const GRACE_MS = 1_000
/** How long an unused connection is kept. The server closes it after 10 s (`connect_timeout`); the client needs some. */
const FRESH_MS = 4_000
/** A port probe hangs up at once and doesn't need a connection. After a client that logged in, don't wait for that. */
const PROBE_MS = 1

interface Greeted {
  readonly socket: Socket
  readonly greeting: Greeting
  readonly greetedAt: number
}

/** A connection lent to a client while it proves that it knows the password. */
export interface Loan {
  readonly greeting: Greeting
  /** Call it if the client has proven it. The connection is now the client's. */
  take(): Socket
  /** Call it if the client has not. The connection is kept for the next client. */
  giveBack(): void
}

interface Lent {
  readonly client: Client
  /** When the client was greeted; undefined until the server has sent its greeting. */
  since: number | undefined
}

export class GreetedServers {
  readonly #upstream: Upstream
  /** Oldest first. */
  readonly #lent = new Set<Lent>()
  /** Oldest first, each with the timer that ends it. */
  readonly #spare = new Map<Greeted, NodeJS.Timeout>()
  /** The newest is served first. In a flood of clients, it is the most likely to be still there. */
  readonly #waiting: (() => void)[] = []
  readonly #open = new Set<Socket>()
  #timer: NodeJS.Timeout | undefined
  /** Whether the last client that was lent a connection has proven that it knows the password. */
  #expectsClient = false
  #closed = false

  constructor(upstream: Upstream) {
    this.#upstream = upstream
  }

  /** @throws Rejection if the client doesn't speak MySQL, or the server can't be reached */
  async borrow(client: Client): Promise<Loan> {
    if (this.#spare.size === 0 && !this.#expectsClient) await delay(PROBE_MS)
    this.#listen(client)
    while (this.#lent.size >= MOST && !this.#closed) {
      const room = new Promise<void>((resolve) => this.#waiting.push(resolve))
      this.#makeRoom()
      await room
      this.#listen(client)
    }
    const lent: Lent = { client, since: undefined }
    this.#lent.add(lent)
    try {
      const greeted = this.#takeSpare() ?? (await this.#greet())
      lent.since = performance.now()
      this.#makeRoom()
      return {
        greeting: greeted.greeting,
        take: () => {
          this.#expectsClient = true
          this.#end(lent)
          this.#open.delete(greeted.socket)
          return greeted.socket
        },
        giveBack: () => {
          this.#expectsClient = false
          this.#keepSpare(greeted)
          this.#end(lent)
        },
      }
    } catch (error) {
      this.#end(lent)
      throw serverFault(error, this.#upstream)
    }
  }

  /** Opens a connection that isn't lent to a client. */
  async dial(keep: Keep): Promise<Greeted> {
    const { socket } = await this.#upstream.connect(keep, { ahead: false })
    return { socket, greeting: await awaitGreeting(socket), greetedAt: performance.now() }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const socket of this.#open) socket.destroy()
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Throws if the client has sent something or left. MySQL clients wait for the greeting. */
  #listen({ socket }: Client): void {
    try {
      if (socket.readableLength > 0) throw new Malformed('it sent data before the greeting')
      if (socket.readableEnded || socket.destroyed) throw new CutOff(0, socket.errored)
    } catch (error) {
      this.#waiting.pop()?.() // it takes this client's turn
      throw clientFault(error)
    }
  }

  async #greet(): Promise<Greeted> {
    const timer = setTimeout(() => socket?.destroy(), SERVER_MS)
    timer.unref()
    let socket: Socket | undefined
    try {
      return await this.dial((begun) => {
        socket = begun
        this.#open.add(begun)
        begun.once('close', () => this.#open.delete(begun))
        if (this.#closed) begun.destroy()
        return begun
      })
    } catch (error) {
      socket?.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #end(lent: Lent): void {
    this.#lent.delete(lent)
    this.#waiting.pop()?.()
    this.#makeRoom()
  }

  /** While clients wait, gives up on the client that has been silent longest, once its time is over. */
  #makeRoom(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.length === 0) return
    const [oldest] = [...this.#lent].filter(({ since }) => since !== undefined)
    if (oldest?.since === undefined) return
    const left = oldest.since + GRACE_MS - performance.now()
    this.#timer = setTimeout(() => {
      oldest.client.fail(
        new Rejection('timeout', 'The client did not answer the greeting while others were waiting.'),
      )
    }, left)
    this.#timer.unref()
  }

  #takeSpare(): Greeted | undefined {
    for (const [spare, timer] of [...this.#spare].reverse()) {
      clearTimeout(timer)
      this.#spare.delete(spare)
      if (isFresh(spare)) return spare
      spare.socket.destroy()
    }
    return undefined
  }

  #keepSpare(greeted: Greeted): void {
    const { socket, greetedAt } = greeted
    if (this.#closed || !isFresh(greeted)) {
      socket.destroy()
      return
    }
    const end = (): void => {
      this.#spare.delete(greeted)
      socket.destroy()
    }
    const timer = setTimeout(end, greetedAt + FRESH_MS - performance.now())
    timer.unref()
    this.#spare.set(greeted, timer)
  }
}

function isFresh({ socket, greetedAt }: Greeted): boolean {
  const silent = socket.readableLength === 0 && !socket.readableEnded && !socket.destroyed
  return silent && performance.now() - greetedAt < FRESH_MS
}
