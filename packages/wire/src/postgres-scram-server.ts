// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL uses it, without channel binding.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import { int32, type Message, message, readMessage } from './postgres-messages.ts'
import { Malformed } from './read.ts'

const MECHANISM = 'SCRAM-SHA-256'
const [SASL, SASL_CONTINUE, SASL_FINAL] = [10, 11, 12]

/** The minimum that clients accept: ongres' SCRAM, which JDBC uses, refuses fewer (RFC 7677, section 4). */
const ITERATIONS = 4096

/** What a server stores instead of a password: enough to check a proof. Computed once for all logins. */
export interface ScramSecret {
  salt: string
  storedKey: Buffer
  serverKey: Buffer
}

export async function scramSecret(password: string): Promise<ScramSecret> {
  const salt = randomBytes(16)
  const salted = await promisify(pbkdf2)(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256')
  return {
    salt: salt.toString('base64'),
    storedKey: sha256(hmac(salted, 'Client Key')),
    serverKey: hmac(salted, 'Server Key'),
  }
}

/**
 * Asks the client to prove that it knows the password. Resolves with the message that accepts the proof, or undefined if
 * the proof is wrong. Calls `begun` when the client begins its proof, which takes it milliseconds. A client without a
 * password doesn't begin.
 */
export async function checkProof(
  socket: Socket,
  secret: ScramSecret,
  begun: () => void,
): Promise<Buffer | undefined> {
  socket.write(message('R', int32(SASL), MECHANISM, Buffer.from([0])))
  const { header, bare, nonce } = clientFirst(await answer(socket))
  const wholeNonce = nonce + randomBytes(18).toString('base64')
  const challenge = `r=${wholeNonce},s=${secret.salt},i=${ITERATIONS}`
  socket.write(message('R', int32(SASL_CONTINUE), Buffer.from(challenge)))
  begun()
  const final = (await answer(socket)).body.toString()
  const [, withoutProof = '', proof = ''] = /^(.*),p=([A-Za-z0-9+/=]+)$/s.exec(final) ?? []
  // The client repeats the header, so that no one in between can have changed it.
  if (withoutProof !== `c=${Buffer.from(header).toString('base64')},r=${wholeNonce}`) {
    throw new Malformed("the client's last SCRAM message does not fit its first")
  }
  const signed = `${bare},${challenge},${withoutProof}`
  const signature = hmac(secret.storedKey, signed)
  const clientKey = xor(Buffer.from(proof, 'base64'), signature)
  if (!timingSafeEqual(sha256(clientKey), secret.storedKey)) return undefined
  const serverSignature = hmac(secret.serverKey, signed).toString('base64')
  return message('R', int32(SASL_FINAL), Buffer.from(`v=${serverSignature}`))
}

async function answer(socket: Socket): Promise<Message> {
  const answered = await readMessage(socket)
  if (answered.type !== 'p') throw new Malformed('the client did not send its proof')
  return answered
}

/** `SCRAM-SHA-256` NUL, a length, and `n,,n=,r=NONCE`. The user comes from the start-up packet. */
function clientFirst({ body }: Message): { header: string; bare: string; nonce: string } {
  const end = body.indexOf(0)
  const mechanism = body.toString('latin1', 0, Math.max(end, 0))
  if (mechanism !== MECHANISM) throw new Malformed(`the client did not choose ${MECHANISM}`)
  const [, header, bare, nonce] =
    /^([ny],,)(n=[^,]*,r=([!-+\--~]+))$/.exec(body.toString('utf8', end + 5)) ?? []
  if (header === undefined || bare === undefined || nonce === undefined) {
    throw new Malformed("the client's first SCRAM message can't be read")
  }
  return { header, bare, nonce }
}

function xor(bytes: Buffer, pad: Buffer): Buffer {
  return Buffer.from(pad.map((byte, index) => byte ^ (bytes[index] ?? 0)))
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
