// Logs clients in the way RDS for PostgreSQL or Aurora DSQL does.
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { type BackendOpened, BackendRefusal, logIn, openBackend } from '@rds-iam/wire/postgres-client'
import { int32, message, readMessage } from '@rds-iam/wire/postgres-messages'
import { type ClientStartUp, needsNegotiation, readOpening } from '@rds-iam/wire/postgres-start-up'
import { Malformed, peekByte } from '@rds-iam/wire/read'
import { relay } from '@rds-iam/wire/relay'
import { admit, type Rules } from '../admission/admission.ts'
import { Refusal, shown } from '../admission/verdict.ts'
import type { LoginProtocol } from './gate.ts'
import type { Login } from './login.ts'
import { answerTo } from './postgres-answer.ts'
import { dialServer, type RealServer, unreachable, waitingFor } from './real-server.ts'

const TLS_HANDSHAKE = 0x16
const ALPN = 'postgresql'
const ASK_CLEARTEXT = message('R', int32(3))

export function postgresLoginProtocol(
  context: SecureContext,
  rules: Rules,
  realServer: RealServer,
): LoginProtocol {
  return (login) => ({
    async serve(admitted) {
      const startUp = await open(login, context, realServer)
      if (startUp === undefined) return
      const { user, database } = startUp
      login.user = user
      login.database = database
      if (!isSecure(login)) throw new Refusal('no-tls', 'The client did not ask for TLS.')
      if (rules.service === 'dsql') checkServerName(login, rules.endpoint.host)
      if (needsNegotiation(startUp)) login.socket.write(await negotiate(login, startUp, realServer))
      admit(await askPassword(login), user, rules, login.seen)
      await join(login, startUp, realServer, admitted)
    },
    answer: (refusal) => answerTo(refusal, login, rules.service),
  })
}

/** Reads up to the start-up packet. Undefined if the client wanted something else, which is done by then. */
async function open(
  login: Login,
  context: SecureContext,
  realServer: RealServer,
): Promise<ClientStartUp | undefined> {
  // Since PostgreSQL 17, a client may start with TLS directly. It then names PostgreSQL's protocol by ALPN.
  if ((await peekByte(login.socket)) === TLS_HANDSHAKE) {
    await login.secure(context, ALPN)
    if (login.socket instanceof TLSSocket && login.socket.alpnProtocol !== ALPN)
      throw new Refusal('tls-failed', 'The client started with TLS, but sent no ALPN protocol.')
  }
  for (;;) {
    const opening = await readOpening(login.socket)
    switch (opening.kind) {
      case 'start-up':
        return opening.startUp
      case 'cancel': {
        // PostgreSQL asks for no other proof than the key in the packet.
        const server = await dialServer(login, realServer)
        server.write(opening.raw)
        relay(login.socket, server)
        return undefined
      }
      case 'gssenc':
        if (isSecure(login)) throw new Malformed('the client asked for GSSAPI encryption inside TLS')
        login.socket.write('N')
        break
      case 'ssl':
        if (isSecure(login)) throw new Malformed('the client asked for TLS inside TLS')
        login.socket.write('S')
        await login.secure(context, ALPN)
    }
  }
}

async function askPassword(login: Login): Promise<string> {
  login.awaits = 'the token'
  login.socket.write(ASK_CLEARTEXT)
  const { type, body } = await readMessage(login.socket)
  if (type !== 'p' || body.at(-1) !== 0) throw new Malformed('the client sent something else')
  return body.toString('utf8', 0, body.length - 1)
}

/**
 * The server's answer to the protocol version and options that the client asks for. It comes before the password, so
 * it needs a connection, which is closed again until the client has sent a token.
 */
async function negotiate(login: Login, startUp: ClientStartUp, realServer: RealServer): Promise<Buffer> {
  const { server, opened } = await openServer(login, startUp, realServer)
  server.destroy()
  return opened.negotiation
}

async function openServer(
  login: Login,
  startUp: ClientStartUp,
  realServer: RealServer,
): Promise<{ server: Socket; opened: BackendOpened }> {
  const server = await dialServer(login, realServer)
  const { user } = realServer.account(startUp.user)
  const parameters = new Map(startUp.parameters).set('user', user).set('database', startUp.database)
  try {
    return { server, opened: await openBackend(server, { ...startUp, parameters }) }
  } catch (cause) {
    throw unreachable(login, cause)
  }
}

async function join(
  login: Login,
  startUp: ClientStartUp,
  realServer: RealServer,
  admitted: () => void,
): Promise<void> {
  const { server, opened } = await openServer(login, startUp, realServer)
  login.awaits = waitingFor(realServer)
  const { user, password } = realServer.account(startUp.user)
  const { greeting } = await logIn(server, opened, user, password).catch((cause: unknown) => {
    if (!(cause instanceof BackendRefusal)) throw unreachable(login, cause)
    const said = shown(cause.message) // it may quote the client
    throw new Refusal('server-refused', `The token is good, but the server refused the login: ${said}.`, {
      cause,
    })
  })
  admitted()
  login.socket.write(greeting)
  relay(login.socket, server)
}

function isSecure(login: Login): boolean {
  return login.socket instanceof TLSSocket
}

/** Aurora DSQL finds the cluster by the server name (SNI) in the TLS handshake. */
function checkServerName({ socket }: Login, host: string): void {
  const name = socket instanceof TLSSocket ? socket.servername : undefined
  if (name && name.toLowerCase() === host) return
  const sent = name ? `sent the name ${shown(name)}` : 'sent no server name'
  throw new Refusal(
    'wrong-server-name',
    `The client ${sent} in the TLS handshake (SNI), but Aurora DSQL needs ${host} there.`,
  )
}
