// Acts as a MySQL server for clients, and as a client of the MySQL or MariaDB server.
import type { Socket } from 'node:net'
import type { Endpoint } from '@rds-iam/core'
import { otherLogin } from '@rds-iam/core/connect'
import { authenticate, BackendRefusal, type Demand } from '@rds-iam/wire/mysql-client'
import {
  type Greeting,
  greetingBody,
  PLUGIN_AUTH,
  PROTOCOL_41,
  type Response,
  readResponse,
  SECURE_CONNECTION,
  SSL,
  sslRequestBody,
} from '@rds-iam/wire/mysql-handshake'
import { Conversation, errorBody, errorFacts, packet } from '@rds-iam/wire/mysql-packets'
import { CACHING_SHA2, isProvable, NATIVE, newScramble } from '@rds-iam/wire/mysql-passwords'
import { provesPassword } from '@rds-iam/wire/mysql-server'
import { Malformed } from '@rds-iam/wire/read'
import { relay } from '@rds-iam/wire/relay'
import type { Client } from './client.ts'
import { briefly, type Engine, type EngineContext } from './engine.ts'
import type { ProxyRejectionReason } from './events.ts'
import { GreetedServers } from './mysql-greeted.ts'
import { clientFault, Rejection, serverFault, wrongPassword } from './rejection.ts'
import { explained, insecure, type Keep, type Link, type Upstream } from './upstream.ts'

const CLEAR_PASSWORD = 'mysql_clear_password'

/** How long a client may take to answer the greeting. Until then, it occupies a connection of the server. */
const ANSWER_MS = 5_000

export class MysqlEngine implements Engine {
  readonly #context: EngineContext
  readonly #greeted: GreetedServers
  /** The state of each client's conversation, for the answer if it is rejected. */
  readonly #conversations = new WeakMap<Client, Conversation>()

  constructor(context: EngineContext) {
    this.#context = context
    this.#greeted = new GreetedServers(context.upstreams.first)
  }

  async serve(client: Client, opened: () => void): Promise<void> {
    const { upstreams, password, admit } = this.#context
    const conversation = new Conversation(client.socket)
    this.#conversations.set(client, conversation)
    const loan = await this.#greeted.borrow(client)
    let response: Response
    let upstream: Upstream
    try {
      client.within(ANSWER_MS, silent)
      response = await welcome(client, conversation, loan.greeting, password)
      upstream = upstreams.for(client.user ?? '')
      admit(client)
    } catch (error) {
      loan.giveBack()
      throw clientFault(error)
    }
    const { server, ok } = await logIn(upstream, loan.take(), loan.greeting, response, (socket) =>
      client.keep(socket),
    )
    opened()
    conversation.send(ok)
    relay(client.socket, server)
  }

  answer(client: Client, { reason, message: text, said }: Rejection): Buffer | undefined {
    const { sequence = 0 } = this.#conversations.get(client) ?? {}
    if (said !== undefined) return packet(sequence, said)
    if (reason === 'left' || reason === 'timeout') return undefined
    const [code, sqlState] = ERRORS[reason] ?? ACCESS_DENIED
    return packet(sequence, errorBody(code, sequence === 0 ? undefined : sqlState, text))
  }

  async check(): Promise<void> {
    const { upstreams, target } = this.#context
    await briefly(async (keep) => {
      const { socket, greeting } = await this.#greeted.dial(keep)
      const { server } = await logIn(
        upstreams.first,
        socket,
        greeting,
        {
          capabilities: (PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH) >>> 0,
          fixed: fixedPart(greeting.charset),
          user: Buffer.from(target.endpoint.user),
          proof: Buffer.alloc(0),
          database: undefined,
          plugin: '',
          tail: Buffer.alloc(0),
        },
        keep,
      )
      server.write(packet(0, Buffer.from([QUIT])))
    })
  }

  close(): void {
    this.#greeted.close()
  }
}

/** Greets the client as the server would, and resolves once it has proven that it knows the password. */
async function welcome(
  client: Client,
  conversation: Conversation,
  greeting: Greeting,
  password: string | undefined,
): Promise<Response> {
  // Pass on the server's version, charset and connection ID. KILL needs the ID.
  const ours = {
    ...greeting,
    capabilities: ((greeting.capabilities | PLUGIN_AUTH | PROTOCOL_41 | SECURE_CONNECTION) & ~SSL) >>> 0,
    plugin: isProvable(greeting.plugin) ? greeting.plugin : CACHING_SHA2,
    scramble: newScramble(),
  }
  conversation.send(greetingBody(ours))
  const response = readResponse(await conversation.receive())
  client.user = response.user.toString()
  if (response.database?.length) client.database = response.database.toString()
  if ((response.capabilities & SSL) !== 0)
    throw new Malformed('the client asked for TLS, which the proxy does not offer')
  if (password !== undefined) {
    const proof = await provesPassword(conversation, response, ours, password)
    if (proof !== 'right') throw wrongPassword(accessDenied(client, proof))
  }
  return response
}

function accessDenied({ user, address }: Client, proof: 'wrong' | 'none'): Buffer {
  const given = proof === 'wrong' ? 'YES' : 'NO'
  return errorBody(
    ...ACCESS_DENIED,
    `Access denied for user '${user}'@'${address}' (using password: ${given})`,
  )
}

interface LoggedIn {
  server: Socket
  /** The body of the server's OK packet. */
  ok: Buffer
}

async function logIn(
  upstream: Upstream,
  socket: Socket,
  greeting: Greeting,
  response: Response,
  keep: Keep,
): Promise<LoggedIn> {
  try {
    const link = await upstream.adopt(keep(socket))
    if ((greeting.capabilities & SSL) === 0) throw insecure(link.endpoint, 'it does not support TLS')
    const conversation = new Conversation(socket, 1)
    const capabilities = (response.capabilities | SSL | PLUGIN_AUTH) >>> 0
    conversation.send(sslRequestBody({ ...response, capabilities }))
    const server = await upstream.secure(link, keep, { resume: true })
    conversation.socket = server
    // The server must ask for the token first. If its greeting's plugin is clear text, it would take this response's
    // empty proof for the token.
    const plugin = greeting.plugin === CLEAR_PASSWORD ? NATIVE : greeting.plugin
    const first = { ...response, capabilities, plugin, proof: Buffer.alloc(0) }
    return { server, ok: await sendToken(upstream, link, conversation, first) }
  } catch (error) {
    throw serverFault(error, upstream)
  }
}

/** Logs in over verified TLS. Sends a token if the server asks for one. Resolves with the body of its OK packet. */
async function sendToken(
  upstream: Upstream,
  link: Link,
  server: Conversation,
  response: Response,
): Promise<Buffer> {
  let token: string | undefined
  const prove = async ({ plugin, more }: Demand): Promise<Buffer> => {
    if (plugin !== CLEAR_PASSWORD) throw notIam(plugin, link.endpoint)
    if (more || token !== undefined) throw new Error('the server asked for the password twice')
    token = await upstream.token(server.socket, link)
    return Buffer.from(`${token}\0`)
  }
  try {
    return await authenticate(server, response, prove)
  } catch (error) {
    throw error instanceof BackendRefusal ? refused(error, token, link) : error
  }
}

/** The server's error, with an explanation if the server rejected the login. */
function refused(refusal: BackendRefusal, token: string | undefined, link: Link): Rejection {
  const { code, sqlState, text } = errorFacts(refusal.body)
  const { message, rejected } = explained({ message: text, errno: code }, token, link.source)
  const said = errorBody(code, sqlState, message)
  return new Rejection(rejected ? 'rejected' : 'refused', message, { cause: refusal, said })
}

function notIam(plugin: string, endpoint: Endpoint): Rejection {
  const error = insecure(endpoint, otherLogin(plugin, endpoint.user))
  return new Rejection('not-iam', error.message, { cause: error })
}

function silent(): Rejection {
  return new Rejection('timeout', `The client did not answer the greeting within ${ANSWER_MS / 1000} s.`)
}

const ACCESS_DENIED = [1045, '28000'] as const

// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
const ERRORS: { readonly [reason in ProxyRejectionReason]?: readonly [code: number, sqlState: string] } = {
  malformed: [1043, '08S01'],
  limit: [1040, '08004'],
  unreachable: [1105, 'HY000'],
}

const QUIT = 1

/** The longest packet and the charset; the rest is empty. */
function fixedPart(charset: number): Buffer {
  const fixed = Buffer.alloc(28)
  fixed.writeUInt32LE(0xffffff, 0)
  fixed.writeUInt8(charset, 4)
  return fixed
}
