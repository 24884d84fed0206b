// The packets that open a PostgreSQL connection. Unlike later messages, they don't start with a letter.
import type { Socket } from 'node:net'
import {
  CANCEL_REQUEST,
  cString,
  GSSENC_REQUEST,
  int32,
  message,
  PROTOCOL_3_0,
  SSL_REQUEST,
} from './postgres-messages.ts'
import { Malformed, readBytes } from './read.ts'

/** PostgreSQL's own limit (MAX_STARTUP_PACKET_LENGTH). */
const LONGEST_START_UP = 10_000

export interface StartUp {
  /** 3.0 is 196608. */
  protocol: number
  /** In the order received. */
  parameters: ReadonlyMap<string, string>
}

/** What the client asks for. */
export interface ClientStartUp extends StartUp {
  user: string
  /** The user's name if the client doesn't name a database. */
  database: string
}

export type Opening =
  | { kind: 'ssl' | 'gssenc' }
  /** `key` is the key that the server gave to the session to cancel. */
  | { kind: 'cancel'; raw: Buffer; key: Buffer }
  | { kind: 'start-up'; startUp: ClientStartUp }

/** Reads one opening packet of any kind. Rejects with `CutOff` or `Malformed`. */
export async function readOpening(socket: Socket): Promise<Opening> {
  const head = await readBytes(socket, 8)
  const length = head.readInt32BE(0)
  const code = head.readInt32BE(4)
  if (code === SSL_REQUEST && length === 8) return { kind: 'ssl' }
  if (code === GSSENC_REQUEST && length === 8) return { kind: 'gssenc' }
  if (length < 8 || length > LONGEST_START_UP) {
    throw new Malformed(`the first packet claims a length of ${length} bytes`)
  }
  // A cancel key has 4 bytes in protocol 3.0, and up to 256 since 3.2.
  if (code === CANCEL_REQUEST && length > 12 && length <= 12 + 256) {
    const key = await readBytes(socket, length - 8, 8)
    return { kind: 'cancel', raw: Buffer.concat([head, key]), key }
  }
  if (code >>> 16 !== 3) {
    throw new Malformed(
      `the first packet asks for protocol ${code >>> 16}.${code & 0xffff}, but only 3.x exists`,
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
  // name NUL value NUL … NUL: an even number of strings, then two empty ones.
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

/** Encodes the start-up for the real server. */
export function startUpPacket({ protocol, parameters }: StartUp): Buffer {
  const pairs = [...parameters].flatMap(([name, value]) => [cString(name), cString(value)])
  const body = Buffer.concat([int32(protocol), ...pairs, Buffer.from([0])])
  return Buffer.concat([int32(body.length + 4), body])
}

/** The same start-up in protocol 3.0, which every server speaks, and the answer for a client that asked for more. */
export function inProtocol30({ parameters }: StartUp): { startUp: StartUp; negotiation: Buffer } {
  const options = [...parameters.keys()].filter((name) => name.startsWith(PROTOCOL_OPTION))
  return {
    startUp: {
      protocol: PROTOCOL_3_0,
      parameters: new Map([...parameters].filter(([name]) => !name.startsWith(PROTOCOL_OPTION))),
    },
    negotiation: message('v', int32(PROTOCOL_3_0), int32(options.length), ...options),
  }
}

/** Whether the client asks for more than protocol 3.0 without options, so that the server has to negotiate. */
export function needsNegotiation({ protocol, parameters }: StartUp): boolean {
  return protocol !== PROTOCOL_3_0 || [...parameters.keys()].some((name) => name.startsWith(PROTOCOL_OPTION))
}

const PROTOCOL_OPTION = '_pq_.'
