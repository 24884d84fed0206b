// Keeps the door as RDS for MySQL and MariaDB does.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { admit, type Rules } from '../admission.ts'
import { Refusal, shown } from '../verdict.ts'
import { awaitGreeting, BackendRefusal, logIn } from '../wire/mysql/backend.ts'
import {
  type Greeting,
  greetingBody,
  isSslRequest,
  PLUGIN_AUTH,
  PROTOCOL_41,
  type Response,
  readResponse,
  SECURE_CONNECTION,
  SSL,
} from '../wire/mysql/handshake.ts'
import { AUTH_SWITCH, errorBody, packet, readPacket } from '../wire/mysql/packets.ts'
import { relay } from '../wire/relay.ts'
import { type Backend, dialBackend, nameOf, unreachable } from './backend.ts'
import type { Doorkeeper } from './gate.ts'
import type { Login } from './login.ts'

const CLEAR_PASSWORD = 'mysql_clear_password'

export interface MysqlOptions {
  context: SecureContext
  rules: Rules
  backend: Backend
  /** Whether the auth-switch packet carries data, as MySQL's does, or none, as Aurora's. */
  authSwitchData: boolean
}

export function mysqlDoorkeeper(options: MysqlOptions): Doorkeeper {
  return (login) => {
    const client = new Conversation(login)
    let password = ''
    return {
      async serve(admitted) {
        const server = await dialBackend(login, options.backend)
        const greeting = await greet(client, server)
        const response = await askResponse(client, options.context)
        password = await askPassword(client, response, options.authSwitchData)
        admit(password, response.user.toString(), options.rules, login.seen)
        const ok = await logInTo(server, login, greeting, response, options.backend)
        admitted()
        client.send(ok)
        relay(login.socket, server)
      },
      answer: (refusal) => packet(client.sequence, refusalBody(refusal, login, password)),
    }
  }
}

/** Speaks to the client in packets, and keeps count. */
class Conversation {
  readonly login: Login
  sequence = 0

  constructor(login: Login) {
    this.login = login
  }

  send(...parts: Buffer[]): void {
    this.login.socket.write(packet(this.sequence, ...parts))
    this.sequence += 1
  }

  async receive(awaits: string): Promise<Buffer> {
    this.login.awaits = awaits
    const { body } = await readPacket(this.login.socket, this.sequence)
    this.sequence += 1
    return body
  }
}

/** The server's own greeting, so that version, charset and connection id (KILL needs it) are the real ones. */
async function greet(client: Conversation, server: Socket): Promise<Greeting> {
  const { login } = client
  const greeting = await awaitGreeting(server).catch((cause: unknown) => {
    throw cause instanceof BackendRefusal ? serverRefused(cause) : unreachable(login, cause)
  })
  client.send(
    greetingBody({
      ...greeting,
      capabilities: (greeting.capabilities | SSL | PLUGIN_AUTH | PROTOCOL_41 | SECURE_CONNECTION) >>> 0,
      // As RDS greets; the switch to a password in clear text comes when the user is known.
      plugin: 'mysql_native_password',
      scramble: newScramble(),
    }),
  )
  return greeting
}

async function askResponse(client: Conversation, context: SecureContext): Promise<Response> {
  const { login } = client
  let body = await client.receive('the answer to the greeting')
  const secure = isSslRequest(body)
  if (secure) {
    await login.secure(context)
    body = await client.receive(login.awaits)
  }
  const response = readResponse(body)
  login.user = response.user.toString()
  if (response.database?.length) login.database = response.database.toString()
  if (!secure) throw new Refusal('no-tls', 'The client did not ask for TLS.')
  return response
}

async function askPassword(
  client: Conversation,
  response: Response,
  authSwitchData: boolean,
): Promise<string> {
  if (response.plugin === CLEAR_PASSWORD && response.proof.length > 0) return withoutNul(response.proof)
  if ((response.capabilities & PLUGIN_AUTH) === 0) {
    throw new Refusal(
      'no-clear-password',
      'The client does not know authentication plugins, so it can send no token.',
    )
  }
  client.send(
    Buffer.from([AUTH_SWITCH]),
    Buffer.from(`${CLEAR_PASSWORD}\0`),
    ...(authSwitchData ? [newScramble(), Buffer.from([0])] : []),
  )
  // As mysql2 does: it hangs up when its plugin is not enabled.
  const awaits = `the token by ${CLEAR_PASSWORD}, which some clients do not speak unless it is enabled`
  return withoutNul(await client.receive(awaits))
}

async function logInTo(
  server: Socket,
  login: Login,
  greeting: Greeting,
  response: Response,
  backend: Backend,
): Promise<Buffer> {
  login.awaits = nameOf(backend)
  const account = backend.account(response.user.toString())
  const capabilities = (response.capabilities & ~SSL) >>> 0
  const asAccount = { ...response, capabilities, user: Buffer.from(account.user) }
  try {
    return await logIn(server, greeting, asAccount, account.password)
  } catch (cause) {
    throw cause instanceof BackendRefusal ? serverRefused(cause) : unreachable(login, cause)
  }
}

function serverRefused(cause: BackendRefusal): Refusal {
  return new Refusal('server-refused', `The server refused: ${shown(cause.message)}.`, { cause })
}

function refusalBody(refusal: Refusal, login: Login, password: string): Buffer {
  if (refusal.cause instanceof BackendRefusal) return refusal.cause.body
  switch (refusal.reason) {
    case 'no-tls':
      return errorBody(
        3159,
        'HY000',
        'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
      )
    case 'no-clear-password':
      return errorBody(
        1251,
        '08004',
        'Client does not support authentication protocol requested by server; consider upgrading MySQL client',
      )
    case 'server-unreachable':
      return errorBody(1105, 'HY000', refusal.message)
    default: {
      if (login.user === undefined) return errorBody(1043, '08S01', 'Bad handshake')
      const using = password === '' ? 'NO' : 'YES'
      const who = `'${login.user}'@'${login.remoteAddress}'`
      return errorBody(1045, '28000', `Access denied for user ${who} (using password: ${using})`)
    }
  }
}

/** Twenty bytes, none of them NUL or '$': some clients read it as text. */
function newScramble(): Buffer {
  return Buffer.from(randomBytes(20).map((byte) => 0x30 + (byte & 0x3f)))
}

function withoutNul(bytes: Buffer): string {
  return bytes.toString('utf8', 0, bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length)
}
