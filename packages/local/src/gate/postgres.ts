// Keeps the door as RDS for PostgreSQL does.
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { admit, type Rules } from '../admission.ts'
import { Refusal, shown } from '../verdict.ts'
import { type BackendOpened, BackendRefusal, logIn, openBackend } from '../wire/postgres/backend.ts'
import { fatal, int32, message, PROTOCOL_3_0, readMessage } from '../wire/postgres/messages.ts'
import { type ClientStartUp, readOpening, type StartUp } from '../wire/postgres/start-up.ts'
import { Malformed, peekByte } from '../wire/read.ts'
import { relay } from '../wire/relay.ts'
import { type Backend, dialBackend, nameOf, unreachable } from './backend.ts'
import type { Doorkeeper } from './gate.ts'
import type { Login } from './login.ts'

const TLS_HANDSHAKE = 0x16
const ALPN = 'postgresql'
const ASK_CLEARTEXT = message('R', int32(3))

export function postgresDoorkeeper(context: SecureContext, rules: Rules, backend: Backend): Doorkeeper {
  return (login) => ({
    async serve(admitted) {
      const startUp = await open(login, context, backend)
      if (startUp === undefined) return
      const { user, database } = startUp
      login.user = user
      login.database = database
      if (!isSecure(login)) throw new Refusal('no-tls', 'The client did not ask for TLS.')
      // A negotiation comes before any question of who it is. Otherwise nobody bothers the server without a token.
      const early = needsNegotiation(startUp) ? await openServer(login, startUp, backend) : undefined
      if (early) login.socket.write(early.opened.negotiation)
      admit(await askPassword(login), user, rules, login.seen)
      await join(login, early ?? (await openServer(login, startUp, backend)), user, backend, admitted)
    },
    answer(refusal) {
      if (refusal.cause instanceof BackendRefusal) return refusal.cause.raw
      switch (refusal.reason) {
        case 'no-tls':
          return fatal(
            '28000',
            `pg_hba.conf rejects connection for host "${login.remoteAddress}", user "${login.user}", database "${login.database}", no encryption`,
          )
        case 'server-unreachable':
          return fatal('57P03', refusal.message)
        default:
          return login.user === undefined
            ? undefined
            : fatal('28000', `PAM authentication failed for user "${login.user}"`)
      }
    },
  })
}

/** Goes on to the start-up proper; undefined when the client came for something else, and has got it. */
async function open(
  login: Login,
  context: SecureContext,
  backend: Backend,
): Promise<ClientStartUp | undefined> {
  // Since PostgreSQL 17 a client may begin with TLS at once; ALPN then says that it is one of PostgreSQL's.
  if ((await peekByte(login.socket)) === TLS_HANDSHAKE) {
    await login.secure(context, ALPN)
    if (login.socket instanceof TLSSocket && login.socket.alpnProtocol !== ALPN)
      throw new Refusal('tls-failed', 'The client began with TLS but named no ALPN protocol.')
  }
  for (;;) {
    const opening = await readOpening(login.socket)
    switch (opening.kind) {
      case 'start-up':
        return opening.startUp
      case 'cancel': {
        // The key in the packet is all the proof that PostgreSQL asks for.
        const server = await dialBackend(login, backend)
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

/** Whether the client asks for more than protocol 3.0 without options, so that the server must say what it has. */
function needsNegotiation({ protocol, parameters }: StartUp): boolean {
  return protocol !== PROTOCOL_3_0 || [...parameters.keys()].some((name) => name.startsWith('_pq_.'))
}

interface OpenServer {
  server: Socket
  opened: BackendOpened
}

async function openServer(login: Login, startUp: ClientStartUp, backend: Backend): Promise<OpenServer> {
  const server = await dialBackend(login, backend)
  const { user } = backend.account(startUp.user)
  const parameters = new Map(startUp.parameters).set('user', user).set('database', startUp.database)
  try {
    return { server, opened: await openBackend(server, { ...startUp, parameters }) }
  } catch (cause) {
    throw unreachable(login, cause)
  }
}

async function join(
  login: Login,
  { server, opened }: OpenServer,
  clientUser: string,
  backend: Backend,
  admitted: () => void,
): Promise<void> {
  login.awaits = nameOf(backend)
  const { user, password } = backend.account(clientUser)
  const { greeting } = await logIn(server, opened, user, password).catch((cause: unknown) => {
    if (!(cause instanceof BackendRefusal)) throw unreachable(login, cause)
    const said = shown(cause.message) // it may quote the client
    throw new Refusal('server-refused', `The token is good, but the server refused: ${said}.`, { cause })
  })
  admitted()
  login.socket.write(greeting)
  relay(login.socket, server)
}

function isSecure(login: Login): boolean {
  return login.socket instanceof TLSSocket
}
