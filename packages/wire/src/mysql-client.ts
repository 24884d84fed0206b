// Logs in to a MySQL or MariaDB server: as far as the login, and by whichever of its usual plugins it asks for.
import type { Socket } from 'node:net'
import { type Greeting, type Response, readGreeting, responseBody } from './mysql-handshake.ts'
import {
  AUTH_SWITCH,
  Conversation,
  Cursor,
  ERR,
  MORE_DATA,
  OK,
  readErrorBody,
  readPacket,
} from './mysql-packets.ts'
import { CACHING_SHA2, encrypt, NATIVE, prove } from './mysql-passwords.ts'

// What caching_sha2_password says when the short proof is enough, or not; and how one asks for its public key.
const FAST_IS_ENOUGH = 3
const FULL_IS_NEEDED = 4
const ASK_PUBLIC_KEY = Buffer.from([2])

/** The server said no: `body` is the ERR packet's, for the client. */
export class BackendRefusal extends Error {
  readonly body: Buffer

  constructor(body: Buffer) {
    super(readErrorBody(body))
    this.name = 'BackendRefusal'
    this.body = body
  }
}

export async function awaitGreeting(socket: Socket): Promise<Greeting> {
  const { body } = await readPacket(socket)
  if (body[0] === ERR) throw new BackendRefusal(body)
  return readGreeting(body)
}

/** What a server wants of a client that it does not know yet. */
export interface Demand {
  plugin: string
  /** Whether it goes on about `plugin`, or has just come up with it. */
  more: boolean
  data: Buffer
}

/** What answers the server's demands; `undefined` is no answer, for a server that goes on by itself. */
export type Prover = (demand: Demand) => Buffer | undefined | Promise<Buffer>

/** Logs in over a connection without TLS. Resolves with the body of the server's OK. */
export function logIn(
  socket: Socket,
  greeting: Greeting,
  response: Response,
  password: string,
): Promise<Buffer> {
  const plugin = greeting.plugin === CACHING_SHA2 ? CACHING_SHA2 : NATIVE
  let { scramble } = greeting
  const first = { ...response, plugin, proof: prove(plugin, password, scramble) }
  return authenticate(new Conversation(socket, 1), first, ({ plugin, more, data }) => {
    if (!more) {
      scramble = data.subarray(0, 20)
      return prove(plugin, password, scramble)
    }
    if (plugin !== CACHING_SHA2) {
      throw new Error(`the server goes on about ${plugin}, which has no more to say`)
    }
    if (data[0] === FAST_IS_ENOUGH) return undefined
    return data[0] === FULL_IS_NEEDED ? ASK_PUBLIC_KEY : encrypt(password, scramble, data.toString('latin1'))
  })
}

/** Sends the response, and answers by `prove` until the server says OK, whose body it resolves with. */
export async function authenticate(server: Conversation, response: Response, prove: Prover): Promise<Buffer> {
  let { plugin } = response
  server.send(responseBody(response))
  for (;;) {
    const body = await server.receive()
    let answer: Buffer | undefined
    switch (body[0]) {
      case OK:
        return body
      case ERR:
        throw new BackendRefusal(body)
      case AUTH_SWITCH: {
        const cursor = new Cursor(body.subarray(1))
        plugin = cursor.cString().toString()
        answer = await prove({ plugin, more: false, data: cursor.rest() })
        break
      }
      case MORE_DATA:
        answer = await prove({ plugin, more: true, data: body.subarray(1) })
        break
      default:
        throw new Error(`the server answers the login with a packet of kind ${body[0]}`)
    }
    if (answer !== undefined) server.send(answer)
  }
}
