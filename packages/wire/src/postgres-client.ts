// Logs in to a PostgreSQL server, with whichever of the usual methods it asks for.
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { int32, type Message, message, readError, readMessage, SSL_REQUEST } from './postgres-messages.ts'
import { provesServer, scram } from './postgres-scram.ts'
import { type StartUp, startUpPacket } from './postgres-start-up.ts'
import { readBytes } from './read.ts'

// The types of Authentication: https://www.postgresql.org/docs/current/protocol-message-formats.html
const OK = 0
const CLEARTEXT = 3
const MD5 = 5
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

/** The most bytes that a server may send before it is ready. It sends parameters and notices, which need far less. */
const LONGEST = 1024 * 1024

/** A server that has accepted the start-up packet and asks for a login. */
export interface BackendOpened {
  /** The server's `NegotiateProtocolVersion`; empty if it sent none. */
  negotiation: Buffer
  /** The message after that. */
  next: Message
}

export interface BackendReady {
  /** Everything for the client, from AuthenticationOk to ReadyForQuery. */
  greeting: Buffer
  parameters: ReadonlyMap<string, string>
  /** The process ID and secret for cancel requests. Not every server sends them. */
  cancelKey: Buffer | undefined
}

/** The server refused the login. */
export class BackendRefusal extends Error {
  /** Everything the server sent, unchanged, for the client. */
  readonly raw: Buffer
  /** The body of the ErrorResponse. */
  readonly body: Buffer

  constructor(said: readonly Message[], { body }: Message) {
    super(readError(body))
    this.name = 'BackendRefusal'
    this.raw = Buffer.concat(said.map(({ raw }) => raw))
    this.body = body
  }
}

/** Asks for TLS. Resolves with whether the server agrees. */
export async function requestTls(socket: Socket): Promise<boolean> {
  socket.write(Buffer.concat([int32(8), int32(SSL_REQUEST)]))
  const [answer] = await readBytes(socket, 1)
  return answer === 0x53 // S
}

/** Sends the start-up packet and reads up to the server's first demand. */
export async function openBackend(socket: Socket, startUp: StartUp): Promise<BackendOpened> {
  socket.write(startUpPacket(startUp))
  const first = await readMessage(socket, LONGEST)
  if (first.type !== 'v') return { negotiation: Buffer.alloc(0), next: first }
  return { negotiation: first.raw, next: await readMessage(socket, LONGEST) }
}

/** Logs in with any method that needs only a password. See {@link authenticate}. */
export function logIn(
  socket: Socket,
  opened: BackendOpened,
  user: string,
  password: string,
): Promise<BackendReady> {
  return authenticate(socket, opened, prover(socket, user, password))
}

/** Answers the server's demands. Each is an Authentication message other than Ok. */
export type Prover = (demand: Message) => Promise<void>

/** Answers a demand for the clear-text password. */
export function asksCleartext({ body }: Message): boolean {
  return body.readInt32BE(0) === CLEARTEXT
}

/**
 * Resolves once the server is ready for the first query. PostgreSQL looks for the database only after it has sent
 * AuthenticationOk, so a login hasn't succeeded by then.
 */
export async function authenticate(
  socket: Socket,
  { next: first }: BackendOpened,
  prove: Prover,
): Promise<BackendReady> {
  const forClient: Message[] = []
  const parameters = new Map<string, string>()
  let cancelKey: Buffer | undefined
  let total = 0
  for (let next = first; total < LONGEST; next = await readMessage(socket, LONGEST)) {
    total += next.raw.length
    if (next.type === 'R' && next.body.readInt32BE(0) !== OK) {
      await prove(next)
      continue
    }
    forClient.push(next)
    if (next.type === 'E') throw new BackendRefusal(forClient, next)
    if (next.type === 'K') cancelKey = next.body
    if (next.type === 'S') {
      const [name = '', value = ''] = next.body.toString().split('\0')
      parameters.set(name, value)
    }
    if (next.type === 'Z') {
      return { greeting: Buffer.concat(forClient.map(({ raw }) => raw)), parameters, cancelKey }
    }
  }
  throw new Error(`the server sent more than ${LONGEST} bytes without becoming ready`)
}

/** Answers the server's demands one after another. SCRAM has three. */
function prover(socket: Socket, user: string, password: string): Prover {
  const exchange = scram(password)
  let serverSignature = ''
  return async ({ body }) => {
    const rest = body.subarray(4)
    switch (body.readInt32BE(0)) {
      case CLEARTEXT:
        socket.write(message('p', password))
        return
      case MD5:
        socket.write(message('p', md5Answer(user, password, rest)))
        return
      case SASL: {
        const offered = rest.toString().split('\0')
        if (!offered.includes('SCRAM-SHA-256'))
          throw new Error(`the server offers only ${offered.filter(Boolean)}`)
        const first = Buffer.from(exchange.first)
        const length = Buffer.alloc(4)
        length.writeInt32BE(first.length)
        socket.write(message('p', 'SCRAM-SHA-256', length, first))
        return
      }
      case SASL_CONTINUE: {
        const answer = await exchange.answer(rest.toString())
        serverSignature = answer.serverSignature
        socket.write(message('p', Buffer.from(answer.final)))
        return
      }
      case SASL_FINAL:
        if (!provesServer(rest.toString(), serverSignature))
          throw new Error('the server does not know the password')
        return
      default:
        throw new Error(
          `the server asks for authentication of type ${body.readInt32BE(0)}, which is not supported here`,
        )
    }
  }
}

function md5Answer(user: string, password: string, salt: Buffer): string {
  const inner = createHash('md5').update(`${password}${user}`).digest('hex')
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`
}
