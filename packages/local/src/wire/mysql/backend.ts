// Logs in to a MySQL or MariaDB server by its usual plugins, over a connection without TLS.
import { constants, createHash, publicEncrypt } from 'node:crypto'
import type { Socket } from 'node:net'
import { type Greeting, type Response, readGreeting, responseBody } from './handshake.ts'
import { AUTH_SWITCH, Cursor, ERR, MORE_DATA, OK, packet, readErrorBody, readPacket } from './packets.ts'

const NATIVE = 'mysql_native_password'
const CACHING_SHA2 = 'caching_sha2_password'

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

/** Resolves with the body of the server's OK. `response` is the client's, with the user to log in as. */
export async function logIn(
  socket: Socket,
  greeting: Greeting,
  response: Response,
  password: string,
): Promise<Buffer> {
  let plugin = greeting.plugin === CACHING_SHA2 ? CACHING_SHA2 : NATIVE
  let scramble = greeting.scramble
  const first = { ...response, plugin, proof: prove(plugin, password, scramble) }
  socket.write(packet(1, responseBody(first)))
  for (;;) {
    const { sequence, body } = await readPacket(socket)
    const reply = (answer: Buffer): boolean => socket.write(packet(sequence + 1, answer))
    switch (body[0]) {
      case OK:
        return body
      case ERR:
        throw new BackendRefusal(body)
      case AUTH_SWITCH: {
        const cursor = new Cursor(body.subarray(1))
        plugin = cursor.cString().toString()
        scramble = cursor.rest().subarray(0, 20)
        reply(prove(plugin, password, scramble))
        break
      }
      case MORE_DATA:
        if (plugin !== CACHING_SHA2)
          throw new Error(`the server goes on about ${plugin}, which has no more to say`)
        if (body[1] === FULL_IS_NEEDED) reply(ASK_PUBLIC_KEY)
        else if (body[1] !== FAST_IS_ENOUGH) reply(encrypt(password, scramble, body.toString('latin1', 1)))
        break
      default:
        throw new Error(`the server answers the login with a packet of kind ${body[0]}`)
    }
  }
}

function prove(plugin: string, password: string, scramble: Buffer): Buffer {
  if (plugin !== NATIVE && plugin !== CACHING_SHA2) {
    throw new Error(`the server asks for the authentication plugin ${plugin}, which is not spoken here`)
  }
  if (password === '') return Buffer.alloc(0)
  if (plugin === NATIVE) {
    const once = hash('sha1', password)
    return xor(once, hash('sha1', scramble, hash('sha1', once)))
  }
  const once = hash('sha256', password)
  return xor(once, hash('sha256', hash('sha256', once), scramble))
}

/** The password for a server that has not cached its hash: hidden by the scramble, then sealed with the server's key. */
function encrypt(password: string, scramble: Buffer, publicKey: string): Buffer {
  const hidden = xor(Buffer.from(`${password}\0`), scramble)
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, hidden)
}

function xor(bytes: Buffer, pad: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ pad.readUInt8(index % pad.length)))
}

function hash(algorithm: 'sha1' | 'sha256', ...parts: (string | Buffer)[]): Buffer {
  const digest = createHash(algorithm)
  for (const part of parts) digest.update(part)
  return digest.digest()
}
