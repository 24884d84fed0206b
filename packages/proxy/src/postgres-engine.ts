// Acts as a PostgreSQL server for clients, and as a client of the PostgreSQL server.
import type { Socket } from 'node:net'
import type { Endpoint } from '@rds-iam/core'
import { otherPostgresLogin } from '@rds-iam/core/connect'
import {
  asksCleartext,
  authenticate,
  type BackendOpened,
  type BackendReady,
  BackendRefusal,
  openBackend,
  requestTls,
} from '@rds-iam/wire/postgres-client'
import {
  errorFields,
  errorResponse,
  fatal,
  type Message,
  message,
  PROTOCOL_3_0,
} from '@rds-iam/wire/postgres-messages'
import { checkProof, type ScramSecret, scramSecret } from '@rds-iam/wire/postgres-scram-server'
import {
  type ClientStartUp,
  inProtocol30,
  needsNegotiation,
  type Opening,
  readOpening,
  type StartUp,
} from '@rds-iam/wire/postgres-start-up'
import { Malformed, peekByte } from '@rds-iam/wire/read'
import { relay } from '@rds-iam/wire/relay'
import type { Client } from './client.ts'
import { briefly, type Engine, type EngineContext, SERVER_MS } from './engine.ts'
import type { ProxyRejectionReason } from './events.ts'
import { CancelKeys } from './postgres-cancel.ts'
import { clientFault, Rejection, serverFault, wrongPassword } from './rejection.ts'
import { explained, insecure, type Keep, type Link, type Upstream } from './upstream.ts'

const TLS_HANDSHAKE = 0x16
const ALPN = 'postgresql'

/** Creates the engine, and derives SCRAM's keys from the password once. */
export async function postgresEngine(context: EngineContext): Promise<Engine> {
  const { password } = context
  return new PostgresEngine(context, password === undefined ? undefined : await scramSecret(password))
}

/** How many connections to the server may be open for clients that haven't proven yet that they know the password. */
const MOST_AHEAD = 16

/** A server that has proven to be the endpoint, and asks for a login. */
interface Asking {
  link: Link
  server: Socket
  opened: BackendOpened
}

/** A server that has accepted the login. */
interface LoggedIn extends Asking {
  ready: BackendReady
}

class PostgresEngine implements Engine {
  readonly #context: EngineContext
  readonly #secret: ScramSecret | undefined
  /** libpq's sslnegotiation=direct: starts with TLS without asking for it first. */
  readonly #direct: boolean
  readonly #cancelKeys = new CancelKeys()
  #ahead = 0

  constructor(context: EngineContext, secret: ScramSecret | undefined) {
    this.#context = context
    this.#secret = secret
    this.#direct = context.target.params.get('sslnegotiation') === 'direct'
  }

  async serve(client: Client, opened: () => void): Promise<void> {
    const keep: Keep = (socket) => client.keep(socket)
    const { request, asking } = await this.#welcome(client, keep)
    if (request.kind === 'cancel') {
      await this.#cancel(client, request)
      return
    }
    const upstream = this.#context.upstreams.for(request.startUp.user)
    this.#context.admit(client)
    const { startUp } = inProtocol30(request.startUp)
    const { link, server, ready } = await this.#logIn(upstream, startUp, keep, asking)
    if (ready.cancelKey) this.#cancelKeys.add(ready.cancelKey, link)
    opened()
    client.socket.write(Buffer.concat([request.accepted, ready.greeting]))
    relay(client.socket, server)
  }

  answer({ user }: Client, { reason, message: text, said }: Rejection): Buffer | undefined {
    if (said !== undefined) return said
    if (user === undefined || reason === 'left' || reason === 'timeout') return undefined
    return fatal(SQL_STATES[reason] ?? INVALID_AUTHORIZATION, text)
  }

  async check(): Promise<void> {
    const { user, database = 'postgres' } = this.#context.target.endpoint
    const parameters = new Map(Object.entries({ user, database }))
    await briefly(async (keep) => {
      const { server } = await this.#logIn(
        this.#context.upstreams.first,
        { protocol: PROTOCOL_3_0, parameters },
        keep,
      )
      server.write(message('X'))
    })
  }

  close(): void {}

  /** While the client proves that it knows the password, asks the server to log in, but signs no token. */
  async #welcome(
    client: Client,
    keep: Keep,
  ): Promise<{ request: Request; asking: Promise<Asking> | undefined }> {
    let asking: Promise<Asking> | undefined
    const proving = (startUp: ClientStartUp): void => {
      const upstream = this.#context.upstreams.find(startUp.user)
      if (upstream === undefined || this.#ahead >= MOST_AHEAD) return
      this.#ahead++
      asking = this.#ask(upstream, inProtocol30(startUp).startUp, keep, { ahead: false })
      asking.catch(() => {}) // matters only once the client has proven that it knows the password
    }
    try {
      const request = await welcome(client, this.#secret, proving)
      return { request, asking }
    } finally {
      if (asking) this.#ahead--
    }
  }

  async #ask(upstream: Upstream, startUp: StartUp, keep: Keep, options: { ahead: boolean }): Promise<Asking> {
    const link = await upstream.connect(keep, options)
    const server = await this.#secure(upstream, link, keep)
    return { link, server, opened: await openBackend(server, startUp) }
  }

  async #logIn(
    upstream: Upstream,
    startUp: StartUp,
    keep: Keep,
    asking = this.#ask(upstream, startUp, keep, { ahead: true }),
  ): Promise<LoggedIn> {
    try {
      const asked = await asking
      return { ...asked, ready: await logIn(upstream, asked) }
    } catch (error) {
      throw serverFault(error, upstream)
    }
  }

  async #secure(upstream: Upstream, link: Link, keep: Keep): Promise<Socket> {
    if (!this.#direct && !(await requestTls(link.socket)))
      throw insecure(link.endpoint, 'it does not support TLS')
    return upstream.secure(link, keep, { alpn: ALPN })
  }

  async #cancel(client: Client, { key, raw }: { key: Buffer; raw: Buffer }): Promise<void> {
    const session = this.#cancelKeys.find(key)
    if (!session) {
      client.socket.end()
      return
    }
    const keep: Keep = (socket) => client.keep(socket)
    const upstream = this.#context.upstreams.for(session.endpoint.user)
    client.within(
      SERVER_MS,
      () => new Rejection('unreachable', `${upstream.address} did not accept the cancel request.`),
    )
    try {
      const link = await upstream.reconnect(session, keep)
      const server = await this.#secure(upstream, link, keep)
      server.write(raw)
      // The server hangs up when it has cancelled the statement. The client waits for that.
      relay(client.socket, server)
    } catch (error) {
      throw serverFault(error, upstream)
    }
  }
}

/** Logs in over verified TLS. Sends a token if the server asks for one. */
async function logIn(upstream: Upstream, { link, server, opened }: Asking): Promise<BackendReady> {
  let token: string | undefined
  const prove = async (demand: Message): Promise<void> => {
    if (!asksCleartext(demand)) throw notIam(demand, link.endpoint)
    if (token !== undefined) throw new Error('the server asked for the password twice')
    token = await upstream.token(server, link)
    server.write(message('p', token))
  }
  try {
    return await authenticate(server, opened, prove)
  } catch (error) {
    throw error instanceof BackendRefusal ? refused(error, token, link) : error
  }
}

type Request =
  | { kind: 'cancel'; raw: Buffer; key: Buffer }
  /** `accepted` tells the client that its proof is right. It is sent with the server's greeting, to save a packet. */
  | { kind: 'start-up'; startUp: ClientStartUp; accepted: Buffer }

/** Resolves once the client has sent its user and proven that it knows the password. */
async function welcome(
  client: Client,
  secret: ScramSecret | undefined,
  proving: (startUp: ClientStartUp) => void,
): Promise<Request> {
  const { socket } = client
  try {
    const request = await open(socket)
    if (request.kind === 'cancel') return request
    const { user, database } = request.startUp
    Object.assign(client, { user, database })
    if (needsNegotiation(request.startUp)) socket.write(inProtocol30(request.startUp).negotiation)
    const accepted = secret
      ? await checkProof(socket, secret, () => proving(request.startUp))
      : Buffer.alloc(0)
    if (!accepted) throw wrongPassword(fatal('28P01', `password authentication failed for user "${user}"`))
    return { ...request, accepted }
  } catch (error) {
    throw clientFault(error)
  }
}

async function open(socket: Socket): Promise<Exclude<Opening, { kind: 'ssl' | 'gssenc' }>> {
  if ((await peekByte(socket)) === TLS_HANDSHAKE) throw new Malformed('the client started with TLS')
  for (;;) {
    const opening = await readOpening(socket)
    if (opening.kind === 'cancel' || opening.kind === 'start-up') return opening
    // The proxy offers no encryption, because the data stays on this machine.
    socket.write('N')
  }
}

const INVALID_AUTHORIZATION = '28000'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SQL_STATES: { readonly [reason in ProxyRejectionReason]?: string } = {
  malformed: '08P01',
  limit: '53300',
  unreachable: '08006',
}

/** The server's error, with an explanation if the server rejected the login. */
function refused(refusal: BackendRefusal, token: string | undefined, link: Link): Rejection {
  const fields = errorFields(refusal.body)
  const { message: text, rejected } = explained(
    { message: fields.get('M') ?? '', code: fields.get('C') ?? '' },
    token,
    link.source,
  )
  const before = refusal.raw.subarray(0, refusal.raw.length - refusal.body.length - 5)
  const said = Buffer.concat([before, errorResponse(fields.set('M', text))])
  const reason = rejected ? 'rejected' : 'refused'
  return new Rejection(reason, text, { cause: refusal, said })
}

function notIam({ body }: Message, endpoint: Endpoint): Rejection {
  const [kind, method] = [body.readInt32BE(0), body.toString('latin1', 4).split('\0')[0]]
  const asked = { 5: 'an MD5 password', 10: method }[kind] ?? `authentication of type ${kind}`
  const error = insecure(endpoint, otherPostgresLogin(String(asked), endpoint.user))
  return new Rejection('not-iam', error.message, { cause: error })
}
