// Logs clients in the way RDS for MySQL and MariaDB does.
import type { SecureContext } from 'node:tls'
import { BackendRefusal, logIn } from '@rds-iam/wire/mysql-client'
import { isSslRequest, PLUGIN_AUTH, type Response, readResponse, SSL } from '@rds-iam/wire/mysql-handshake'
import { AUTH_SWITCH, errorBody, packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { newScramble } from '@rds-iam/wire/mysql-passwords'
import { relay } from '@rds-iam/wire/relay'
import { admit, type Rules } from '../admission/admission.ts'
import { Refusal } from '../admission/verdict.ts'
import type { LoginProtocol } from './gate.ts'
import type { Login } from './login.ts'
import { forClient, type Greeted, greetingsOf, openServer, serverRefused } from './mysql-greeting.ts'
import { type RealServer, unreachable, waitingFor } from './real-server.ts'

const CLEAR_PASSWORD = 'mysql_clear_password'

export interface MysqlOptions {
  context: SecureContext
  rules: Rules
  realServer: RealServer
  /** Whether the auth-switch packet contains data, as MySQL's does, or none, as Aurora's. */
  authSwitchData: boolean
}

export function mysqlLoginProtocol(options: MysqlOptions): LoginProtocol {
  const greetServer = greetingsOf(options.realServer)
  return (login) => {
    const client = new Conversation(login)
    let password = ''
    return {
      async serve(admitted) {
        const { greeting, early, release } = await greetServer(login)
        try {
          client.send(forClient(greeting))
          const response = await askResponse(client, options.context)
          password = await askPassword(client, response, options.authSwitchData)
          admit(password, response.user.toString(), options.rules, login.seen)
          const late = early ?? (await openServer(login, options.realServer))
          const ok = await logInTo(late, login, response, options.realServer)
          admitted()
          client.send(ok)
          relay(login.socket, late.server)
        } finally {
          release()
        }
      },
      answer: (refusal) => packet(client.sequence, refusalBody(refusal, login, password)),
    }
  }
}

/** Exchanges packets with the client, and numbers them. */
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
      'The client does not support authentication plugins, so it cannot send a token.',
    )
  }
  client.send(
    Buffer.from([AUTH_SWITCH]),
    Buffer.from(`${CLEAR_PASSWORD}\0`),
    ...(authSwitchData ? [newScramble(), Buffer.from([0])] : []),
  )
  // Some clients, such as mysql2, hang up when the plugin is not enabled.
  const awaits = `the token by ${CLEAR_PASSWORD}, a plugin that some clients enable only on request`
  return withoutNul(await client.receive(awaits))
}

async function logInTo(
  { server, greeting }: Greeted,
  login: Login,
  response: Response,
  realServer: RealServer,
): Promise<Buffer> {
  login.awaits = waitingFor(realServer)
  const account = realServer.account(response.user.toString())
  const capabilities = (response.capabilities & ~SSL) >>> 0
  const asAccount = { ...response, capabilities, user: Buffer.from(account.user) }
  try {
    return await logIn(server, greeting, asAccount, account.password)
  } catch (cause) {
    throw cause instanceof BackendRefusal ? serverRefused(cause) : unreachable(login, cause)
  }
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

function withoutNul(bytes: Buffer): string {
  return bytes.toString('utf8', 0, bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length)
}
