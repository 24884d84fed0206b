// MySQL's packets: how to read and write them, and the ones that accept or refuse a login.
// https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
import type { Socket } from 'node:net'
import { Malformed, readBytes, TooLong } from './read.ts'

/** The longest packet that is accepted during a login, in bytes. */
const LONGEST_PACKET: number = 64 * 1024

export const OK = 0x00
export const MORE_DATA = 0x01
export const AUTH_SWITCH = 0xfe
export const ERR = 0xff

export interface Packet {
  /** Counts from 0 to 255 and starts again at 0. Both sides keep counting when TLS starts. */
  sequence: number
  body: Buffer
}

/** Reads the next packet. `expected` is the number that it must have, if that is known. */
export async function readPacket(socket: Socket, expected?: number): Promise<Packet> {
  const header = await readBytes(socket, 4)
  const length = header.readUIntLE(0, 3)
  const sequence = header.readUInt8(3)
  // Check this first. It distinguishes a packet that is too long from bytes that aren't a packet at all.
  if (expected !== undefined && sequence !== (expected & 0xff)) {
    throw new Malformed(`got packet no. ${sequence} instead of no. ${expected & 0xff}`)
  }
  if (length > LONGEST_PACKET) {
    throw new TooLong(`a packet of ${length} bytes; the limit is ${LONGEST_PACKET}`)
  }
  return { sequence, body: await readBytes(socket, length, 4) }
}

export function packet(sequence: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const header = Buffer.alloc(4)
  header.writeUIntLE(body.length, 0, 3)
  header.writeUInt8(sequence & 0xff, 3)
  return Buffer.concat([header, body])
}

/** The body of an ERR packet. One that is sent instead of a greeting has no `sqlState`. */
export function errorBody(code: number, sqlState: string | undefined, text: string): Buffer {
  const number = Buffer.alloc(3)
  number.writeUInt8(ERR, 0)
  number.writeUInt16LE(code, 1)
  return Buffer.concat([number, Buffer.from(sqlState === undefined ? text : `#${sqlState}${text}`)])
}

export interface ErrorFacts {
  code: number
  sqlState: string | undefined
  text: string
}

export function errorFacts(body: Buffer): ErrorFacts {
  const code = body.length >= 3 ? body.readUInt16LE(1) : 0
  const text = body.toString('utf8', 3)
  return text.startsWith('#')
    ? { code, sqlState: text.slice(1, 6), text: text.slice(6) }
    : { code, sqlState: undefined, text }
}

/** The text of an ERR packet, for a log line: `1049 (42000): Unknown database 'x'`. */
export function readErrorBody(body: Buffer): string {
  const { code, sqlState, text } = errorFacts(body)
  return sqlState === undefined ? `${code}: ${text}` : `${code} (${sqlState}): ${text}`
}

/** One side of a login. Counts the packets of both sides. */
export class Conversation {
  socket: Socket
  /** The number of the next packet, whichever side sends it. */
  sequence: number

  constructor(socket: Socket, sequence = 0) {
    this.socket = socket
    this.sequence = sequence
  }

  send(...parts: Buffer[]): void {
    this.socket.write(packet(this.sequence, ...parts))
    this.sequence += 1
  }

  async receive(): Promise<Buffer> {
    const { body } = await readPacket(this.socket, this.sequence)
    this.sequence += 1
    return body
  }
}

/** Reads a packet's body from the front. */
export class Cursor {
  readonly #body: Buffer
  #at = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  get left(): number {
    return this.#body.length - this.#at
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new Malformed(`a packet ends ${length - this.left} bytes early`)
    this.#at += length
    return this.#body.subarray(this.#at - length, this.#at)
  }

  uint8(): number {
    return this.bytes(1).readUInt8()
  }

  uint16(): number {
    return this.bytes(2).readUInt16LE()
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE()
  }

  /** Reads up to the next NUL, or to the end, because some clients leave out the last NUL. */
  cString(): Buffer {
    const end = this.#body.indexOf(0, this.#at)
    if (end === -1) return this.rest()
    const text = this.bytes(end - this.#at)
    this.bytes(1)
    return text
  }

  /** Reads bytes with a length prefix: one byte, or a marker and then two or three bytes. */
  counted(): Buffer {
    const first = this.uint8()
    if (first < 0xfb) return this.bytes(first)
    if (first === 0xfc) return this.bytes(this.uint16())
    if (first === 0xfd) return this.bytes(this.bytes(3).readUIntLE(0, 3))
    throw new Malformed('a packet contains an invalid length')
  }

  rest(): Buffer {
    return this.bytes(this.left)
  }
}
