// Logs in to a MySQL or MariaDB server, with whichever of the usual plugins it asks for.
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

// caching_sha2_password: the short proof was enough, the full login is needed, and the request for the public key.
const FAST_IS_ENOUGH = 3
const FULL_IS_NEEDED = 4
const ASK_PUBLIC_KEY = Buffer.from([2])

/** The server refused the login. `body` is the body of its ERR packet, for the client. */
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

/** What the server asks for before it knows the client. */
export interface Demand {
  plugin: string
  /** Whether the server continues with `plugin`; false if it has just switched to it. */
  more: boolean
  data: Buffer
}

/** Answers the server's demands. Returns undefined if the server expects no answer. */
export type Prover = (demand: Demand) => Buffer | undefined | Promise<Buffer>

/** Logs in over a connection without TLS. Resolves with the body of the server's OK packet. */
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
      throw new Error(`the server sent more data for ${plugin}, which expects none`)
    }
    if (data[0] === FAST_IS_ENOUGH) return undefined
    return data[0] === FULL_IS_NEEDED ? ASK_PUBLIC_KEY : encrypt(password, scramble, data.toString('latin1'))
  })
}

/** Sends the response, then the answers of `prove`. Resolves with the body of the server's OK packet. */
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
        throw new Error(`the server answered the login with a packet of type ${body[0]}`)
    }
    if (answer !== undefined) server.send(answer)
  }
}
