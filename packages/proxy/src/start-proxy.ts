// startProxy: listens, logs each client in, and closes everything at the end.
import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { IamTarget } from '@rds-iam/core'
import { environmentOf, urlOf } from './addresses.ts'
import { Client } from './client.ts'
import { type Engine, type EngineContext, SERVER_MS, Upstreams } from './engine.ts'
import { type Events, eventsFor } from './events.ts'
import { type Listening, listen } from './listen.ts'
import { MysqlEngine } from './mysql-engine.ts'
import {
  isSocket,
  type ProxyOptions,
  type ProxySettings,
  type ProxyStopOptions,
  readDrainMs,
  readOptions,
} from './options.ts'
import { postgresEngine } from './postgres-engine.ts'
import { clientFault, Rejection } from './rejection.ts'

/** A running proxy. */
export interface IamProxy extends AsyncDisposable {
  /**
   * The URL for clients: `postgres://USER:LOCAL@127.0.0.1:PORT/DATABASE?sslmode=disable`, or `mysql://…`. Its password is
   * valid only for this proxy. It keeps the parameters of the target's URL, except those about TLS.
   */
  readonly url: string
  /**
   * The same as environment variables: `DATABASE_URL`, and `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`,
   * `PGSSLMODE`, or `MYSQL_HOST`, `MYSQL_TCP_PORT`, `MYSQL_USER`, `MYSQL_PWD`, `MYSQL_DATABASE` (and `MYSQL_UNIX_PORT` for
   * a socket).
   */
  readonly env: Readonly<Record<string, string>>
  /** The listening address. For a Unix socket: PostgreSQL's folder, or MySQL's path. */
  readonly host: string
  /** The listening port. */
  readonly port: number
  /** How many sessions are open. */
  readonly connections: number
  /**
   * Logs in at the server as the target's user and disconnects. If it resolves, the credentials, the network, the
   * certificate and IAM are all right.
   *
   * @throws an `Error` with a `reason` as in {@link ProxyRejection}
   */
  check(): Promise<void>
  /**
   * Stops listening, gives open sessions `drainMs` to end, then closes the remaining ones. Resolves when everything is
   * closed. You can call it again with a shorter time.
   *
   * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`
   */
  stop(options?: ProxyStopOptions): Promise<void>
}

/** How long a client may take to send its user and prove that it knows the password. */
const PROVE_MS = 10_000
/** The maximum number of clients that haven't proven yet that they know the password. */
const MOST_UNPROVEN = 1_000

/**
 * Starts a proxy on a loopback address, for programs that take only a password. Clients log in with a local password.
 * For each of their connections, the proxy logs in at the RDS endpoint with a fresh IAM token over verified TLS. It
 * signs no token before a client has proven that it knows the local password.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, which names everything wrong with the target and the options;
 * `ERR_RDS_IAM_PROXY_LISTEN` if the port or the path is taken
 * @example
 * ```ts
 * import { startProxy } from '@rds-iam/proxy'
 *
 * const proxy = await startProxy(
 *   { url: 'postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app' },
 *   { port: 5433, onRejected: ({ user, message }) => console.error(user, message) },
 * )
 * console.log(proxy.url) // pass it to any program
 * await proxy.stop({ drainMs: 10_000 })
 * ```
 */
export async function startProxy(target: IamTarget = {}, options: ProxyOptions = {}): Promise<IamProxy> {
  const settings = readOptions(target, options)
  const socket = isSocket(settings.listen)
  const password = settings.password ?? (socket ? undefined : randomBytes(18).toString('base64url'))
  const running = new Running(settings, eventsFor(settings))
  const context: EngineContext = {
    target: settings.target,
    upstreams: new Upstreams(settings.target, settings.users),
    password,
    admit: (client) => running.admit(client),
  }
  const engine =
    settings.target.endpoint.engine === 'postgres' ? await postgresEngine(context) : new MysqlEngine(context)
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
    stop: async (options = {}) => running.stop(readDrainMs(options)),
    [Symbol.asyncDispose]: () => running.stop(0),
  }
}

class Running {
  readonly #settings: ProxySettings
  readonly #events: Events
  readonly #server: Server
  #engine: Engine | undefined
  #listening: Listening | undefined
  /** Oldest first. */
  readonly #unproven = new Set<Client>()
  /** Clients that have proven that they may connect, whether or not the server has accepted the login yet. */
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
      const message = `There are already ${maxConnections} sessions, the maximum for this proxy (maxConnections).`
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

  /** Resolves when all clients have left, or when the time is over. */
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
      // When the proxy gives up on a client, `serving` rejects too. Ignore that.
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
  return new Rejection('unreachable', `The login at the server took longer than ${SERVER_MS / 1000} s.`)
}
