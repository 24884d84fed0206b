// The packets that open a PostgreSQL connection, before messages have a letter.
import type { Socket } from 'node:net'
import { Malformed, readBytes } from '../read.ts'
import { CANCEL_REQUEST, cString, GSSENC_REQUEST, int32, SSL_REQUEST } from './messages.ts'

/** PostgreSQL's own limit (MAX_STARTUP_PACKET_LENGTH). */
const LONGEST_START_UP = 10_000

export interface StartUp {
  /** 3.0 is 196608. */
  protocol: number
  /** In the order in which they came. */
  parameters: ReadonlyMap<string, string>
}

/** What a client asks for. */
export interface ClientStartUp extends StartUp {
  user: string
  /** The one of the user's name when the client names none. */
  database: string
}

export type Opening =
  | { kind: 'ssl' | 'gssenc' }
  | { kind: 'cancel'; raw: Buffer }
  | { kind: 'start-up'; startUp: ClientStartUp }

/** Reads one opening packet, whichever it is. Rejects with `CutOff` or `Malformed`. */
export async function readOpening(socket: Socket): Promise<Opening> {
  const head = await readBytes(socket, 8)
  const length = head.readInt32BE(0)
  const code = head.readInt32BE(4)
  if (code === SSL_REQUEST && length === 8) return { kind: 'ssl' }
  if (code === GSSENC_REQUEST && length === 8) return { kind: 'gssenc' }
  if (length < 8 || length > LONGEST_START_UP) {
    throw new Malformed(`the first packet claims a length of ${length} bytes`)
  }
  // A cancel key holds 4 bytes in protocol 3.0, up to 256 since 3.2.
  if (code === CANCEL_REQUEST && length > 12 && length <= 12 + 256) {
    return { kind: 'cancel', raw: Buffer.concat([head, await readBytes(socket, length - 8, 8)]) }
  }
  if (code >>> 16 !== 3) {
    throw new Malformed(
      `the first packet asks for protocol ${code >>> 16}.${code & 0xffff}, and there is 3.x only`,
    )
  }
  const parameters = readParameters(await readBytes(socket, length - 8, 8))
  const user = parameters.get('user')
  if (!user) throw new Malformed('the start-up packet names no user')
  const database = parameters.get('database') || user
  return { kind: 'start-up', startUp: { protocol: code, parameters, user, database } }
}

function readParameters(body: Buffer): Map<string, string> {
  const words = body.toString().split('\0')
  // name NUL value NUL … NUL: an even number of words, then two empty ones.
  if (words.length % 2 !== 0 || words.pop() !== '' || words.pop() !== '') {
    throw new Malformed('the start-up packet does not end as it should')
  }
  const parameters = new Map<string, string>()
  for (let index = 0; index < words.length; index += 2) {
    const [name, value = ''] = words.slice(index, index + 2)
    if (!name) throw new Malformed('the start-up packet has a value without a name')
    parameters.set(name, value)
  }
  return parameters
}

/** The same start-up as bytes, for the real server. */
export function startUpPacket({ protocol, parameters }: StartUp): Buffer {
  const pairs = [...parameters].flatMap(([name, value]) => [cString(name), cString(value)])
  const body = Buffer.concat([int32(protocol), ...pairs, Buffer.from([0])])
  return Buffer.concat([int32(body.length + 4), body])
}
