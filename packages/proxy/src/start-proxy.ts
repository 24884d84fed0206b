// startProxy: listens, sees each client through its login, and ends what it has begun.
import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { IamTarget } from '@rds-iam/core'
import { environmentOf, urlOf } from './addresses.ts'
import { Client } from './client.ts'
import { type Engine, type House, SERVER_MS, Upstreams } from './engine.ts'
import { type Events, eventsFor } from './events.ts'
import { type Listening, listen } from './listen.ts'
import { MysqlEngine } from './mysql-engine.ts'
import { type ProxyOptions, type ProxySettings, readOptions } from './options.ts'
import { postgresEngine } from './postgres-engine.ts'
import { clientFault, Rejection } from './rejection.ts'

/** A proxy that listens. */
export interface IamProxy extends AsyncDisposable {
  /**
   * What to connect to: `postgres://USER:LOCAL@127.0.0.1:PORT/DATABASE?sslmode=disable`, or `mysql://…`. The password
   * in it is good for this proxy only. Parameters of the target's own URL that are not about TLS are kept.
   */
  readonly url: string
  /**
   * The same as variables: `DATABASE_URL`, and `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`, `PGSSLMODE`, or
   * `MYSQL_HOST`, `MYSQL_TCP_PORT`, `MYSQL_USER`, `MYSQL_PWD`, `MYSQL_DATABASE` (and `MYSQL_UNIX_PORT` for a socket).
   */
  readonly env: Readonly<Record<string, string>>
  /** The address listened on. Of a Unix socket: the folder for PostgreSQL, the path for MySQL. */
  readonly host: string
  /** The port listened on. */
  readonly port: number
  /** How many sessions are open. */
  readonly connections: number
  /**
   * Logs in at the server as the target's user, and out again: credentials, network, certificate and IAM are in order.
   *
   * @throws the reason, as an `Error` whose `reason` is that of {@link ProxyRejection}
   */
  check(): Promise<void>
  /**
   * Stops listening, lets open sessions end for `drainMs` milliseconds (default: 0), and closes those that are left.
   * Resolves when nothing of the proxy is left. May be called again, for a shorter time.
   */
  stop(options?: { drainMs?: number }): Promise<void>
}

/** How long a client may take to say who it is, and to prove that it knows the password. */
const PROVE_MS = 10_000
/** The most clients at a time that have proven nothing yet. */
const MOST_UNPROVEN = 1_000

/**
 * Starts a proxy on this machine's loopback for programs that take only a password: clients log in with a local one,
 * and the proxy logs in at the RDS endpoint with a fresh IAM token, over verified TLS, for each of their connections.
 * No token is signed before the first client has proven that it knows the local password.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming all that is wrong with target and options;
 * `ERR_RDS_IAM_PROXY_LISTEN` if the port or the path is taken
 * @example
 * ```ts
 * import { startProxy } from '@rds-iam/proxy'
 *
 * const proxy = await startProxy(
 *   { url: 'postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app' },
 *   { port: 5433, onRejected: ({ user, message }) => console.error(user, message) },
 * )
 * console.log(proxy.url) // hand it to any program
 * await proxy.stop({ drainMs: 10_000 })
 * ```
 */
export async function startProxy(target: IamTarget = {}, options: ProxyOptions = {}): Promise<IamProxy> {
  const settings = readOptions(target, options)
  const socket = 'path' in settings.listen
  const password = settings.password ?? (socket ? undefined : randomBytes(18).toString('base64url'))
  const running = new Running(settings, eventsFor(settings))
  const house: House = {
    target: settings.target,
    upstreams: new Upstreams(settings.target, settings.users),
    password,
    admit: (client) => running.admit(client),
  }
  const engine =
    settings.target.endpoint.engine === 'postgres' ? await postgresEngine(house) : new MysqlEngine(house)
  const { host, port } = await running.start(engine)
  const address = { host, port, socket, password }
  return {
    url: urlOf(settings.target, address),
    env: environmentOf(settings.target, address),
    host,
    port,
    get connections() {
      return running.connections
    },
    check: () => engine.check(),
    stop: ({ drainMs = 0 } = {}) => running.stop(drainMs),
    [Symbol.asyncDispose]: () => running.stop(0),
  }
}

class Running {
  readonly #settings: ProxySettings
  readonly #events: Events
  readonly #server: Server
  #engine: Engine | undefined
  #listening: Listening | undefined
  /** The oldest first. */
  readonly #unproven = new Set<Client>()
  /** Those who have proven that they may come in, and are on their way, or in. */
  readonly #admitted = new Set<Client>()
  readonly #sessions = new Set<Client>()
  #stopping = false
  #stopped: Promise<void> | undefined

  constructor(settings: ProxySettings, events: Events) {
    this.#settings = settings
    this.#events = events
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#receive(socket))
  }

  get connections(): number {
    return this.#sessions.size
  }

  async start(engine: Engine): Promise<Listening> {
    this.#engine = engine
    this.#listening = await listen(this.#server, this.#settings.listen)
    if (this.#settings.unref) this.#server.unref()
    return this.#listening
  }

  admit(client: Client): void {
    const { maxConnections } = this.#settings
    if (this.#admitted.size >= maxConnections) {
      const message = `There are ${maxConnections} sessions already, the most that this proxy allows (maxConnections).`
      throw new Rejection('limit', message)
    }
    this.#unproven.delete(client)
    this.#admitted.add(client)
    client.socket.once('close', () => this.#admitted.delete(client))
    client.within(SERVER_MS, slowServer)
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopping = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const client of this.#unproven) void client.destroy()
    if (drainMs > 0) await this.#drained(drainMs)
    this.#stopped ??= this.#end(closed)
    await this.#stopped
  }

  async #end(closed: Promise<void>): Promise<void> {
    this.#engine?.close()
    await Promise.all([...this.#unproven, ...this.#admitted].map((client) => client.destroy()))
    await closed
    await this.#listening?.remove()
  }

  /** Resolves when all have left, or when it has been long enough. */
  async #drained(ms: number): Promise<void> {
    const controller = new AbortController()
    const left = [...this.#admitted].map(
      ({ socket }) =>
        new Promise((resolve) => {
          socket.once('close', resolve)
        }),
    )
    await Promise.race([
      Promise.all(left),
      delay(ms, undefined, { signal: controller.signal }).catch(() => {}),
    ])
    controller.abort()
  }

  async #receive(socket: Socket): Promise<void> {
    const { unref } = this.#settings
    const client = new Client(socket, unref)
    const engine = this.#engine
    if (engine === undefined || this.#stopping) return void client.destroy()
    this.#unproven.add(client)
    const [oldest] = this.#unproven
    if (this.#unproven.size > MOST_UNPROVEN) oldest?.fail(crowded())
    client.within(PROVE_MS, silent)
    try {
      const serving = engine.serve(client, () => this.#open(client))
      // When the client is given up, what it was waiting for fails too, and nobody has to hear of that.
      serving.catch(() => {})
      await Promise.race([serving, client.failed])
    } catch (error) {
      if (!client.isOpen) this.#reject(client, engine, clientFault(error))
      else void client.destroy()
    } finally {
      this.#unproven.delete(client)
    }
  }

  #open(client: Client): void {
    client.open()
    this.#sessions.add(client)
    const { user = '', ...facts } = client.facts
    this.#events.opened({ ...facts, user, connections: this.connections })
    const openedAt = performance.now()
    client.socket.once('close', () => {
      this.#sessions.delete(client)
      const sessionMs = Math.round(performance.now() - openedAt)
      this.#events.closed({ ...facts, user, sessionMs, connections: this.connections })
    })
  }

  #reject(client: Client, engine: Engine, rejection: Rejection): void {
    const { reason, message, cause } = rejection
    if (!this.#stopping)
      this.#events.rejected({
        ...client.facts,
        reason,
        message,
        ...(cause === undefined ? {} : { error: cause }),
      })
    client.refuse(engine.answer(client, rejection))
  }
}

function silent(): Rejection {
  return new Rejection('timeout', `The client did not log in within ${PROVE_MS / 1000} s.`)
}

function crowded(): Rejection {
  return new Rejection('timeout', `${MOST_UNPROVEN} newer clients are waiting to log in.`)
}

function slowServer(): Rejection {
  return new Rejection('unreachable', `The server did not let the client in within ${SERVER_MS / 1000} s.`)
}
