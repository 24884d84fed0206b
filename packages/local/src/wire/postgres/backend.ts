// Logs in to a PostgreSQL server, whichever of its usual methods it asks for.
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { type Message, message, readError, readMessage } from './messages.ts'
import { provesServer, scram } from './scram.ts'
import { type StartUp, startUpPacket } from './start-up.ts'

// https://www.postgresql.org/docs/current/protocol-message-formats.html, the kinds of Authentication
const OK = 0
const CLEARTEXT = 3
const MD5 = 5
const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12

/** What a server may say before it is ready: parameters, notices. Much more than that is not a PostgreSQL server. */
const LONGEST = 1024 * 1024

/** A server that has taken the start-up packet, and wants to know who it is. */
export interface BackendOpened {
  /** What the server said of the protocol version and options it was asked for (`NegotiateProtocolVersion`), if anything. */
  negotiation: Buffer
  /** What it said next. */
  next: Message
}

export interface BackendReady {
  /** Everything for the client, from AuthenticationOk to ReadyForQuery. */
  greeting: Buffer
  parameters: ReadonlyMap<string, string>
}

/** The server said no: `raw` is for the client, as it is. */
export class BackendRefusal extends Error {
  readonly raw: Buffer

  constructor(text: string, raw: Buffer) {
    super(text)
    this.name = 'BackendRefusal'
    this.raw = raw
  }
}

/** Opens the conversation, as far as the server's first demand. */
export async function openBackend(socket: Socket, startUp: StartUp): Promise<BackendOpened> {
  socket.write(startUpPacket(startUp))
  const first = await readMessage(socket, LONGEST)
  if (first.type !== 'v') return { negotiation: Buffer.alloc(0), next: first }
  return { negotiation: first.raw, next: await readMessage(socket, LONGEST) }
}

/**
 * Resolves once the server is ready for the first query. PostgreSQL looks for the database only after it has said
 * AuthenticationOk, so a login has not succeeded before that.
 */
export async function logIn(
  socket: Socket,
  { next: first }: BackendOpened,
  user: string,
  password: string,
): Promise<BackendReady> {
  const forClient: Buffer[] = []
  const parameters = new Map<string, string>()
  const prove = prover(socket, user, password)
  let total = 0
  for (let next = first; total < LONGEST; next = await readMessage(socket, LONGEST)) {
    total += next.raw.length
    if (next.type === 'R' && next.body.readInt32BE(0) !== OK) {
      await prove(next)
      continue
    }
    forClient.push(next.raw)
    if (next.type === 'E') throw new BackendRefusal(readError(next.body), Buffer.concat(forClient))
    if (next.type === 'S') {
      const [name = '', value = ''] = next.body.toString().split('\0')
      parameters.set(name, value)
    }
    if (next.type === 'Z') return { greeting: Buffer.concat(forClient), parameters }
  }
  throw new Error('the server talks on and on instead of becoming ready')
}

/** Answers the server's demands one after the other; SCRAM has three of them. */
function prover(socket: Socket, user: string, password: string): (demand: Message) => Promise<void> {
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
          `the server asks for authentication of kind ${body.readInt32BE(0)}, which is not spoken here`,
        )
    }
  }
}

function md5Answer(user: string, password: string, salt: Buffer): string {
  const inner = createHash('md5').update(`${password}${user}`).digest('hex')
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`
}
