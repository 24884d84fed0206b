// The messages of PostgreSQL's protocol 3 that a login needs.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
import type { Socket } from 'node:net'
import { Malformed, readBytes, TooLong } from './read.ts'

export const PROTOCOL_3_0 = 196608
export const SSL_REQUEST = 80877103
export const GSSENC_REQUEST = 80877104
export const CANCEL_REQUEST = 80877102

/** The longest message that is accepted during a login, in bytes. */
const LONGEST_MESSAGE: number = 64 * 1024

export interface Message {
  /** A letter. */
  type: string
  body: Buffer
  /** The message as received. */
  raw: Buffer
}

export async function readMessage(socket: Socket, longest: number = LONGEST_MESSAGE): Promise<Message> {
  const header = await readBytes(socket, 5)
  const length = header.readInt32BE(1)
  if (length < 4) throw new Malformed(`a message claims a length of ${length} bytes`)
  if (length - 4 > longest) throw new TooLong(`a message of ${length} bytes; the limit is ${longest}`)
  const body = await readBytes(socket, length - 4, 5)
  return { type: header.toString('latin1', 0, 1), body, raw: Buffer.concat([header, body]) }
}

/** Encodes a message: its letter, its length, its parts. Adds a NUL to each string. */
export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? cString(part) : part)))
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** ErrorResponse: S is the severity in the user's language, V is the severity in English. */
export function fatal(code: string, text: string): Buffer {
  return errorResponse(new Map(Object.entries({ S: 'FATAL', V: 'FATAL', C: code, M: text })))
}

export function errorResponse(fields: ReadonlyMap<string, string>): Buffer {
  const parts = [...fields].map(([field, value]) => Buffer.from(`${field}${value}\0`))
  return message('E', ...parts, Buffer.from([0]))
}

/** The fields of an ErrorResponse by letter. */
export function errorFields(body: Buffer): Map<string, string> {
  const fields = body.toString().split('\0').filter(Boolean)
  return new Map(fields.map((field) => [field.slice(0, 1), field.slice(1)]))
}

/** The text of an ErrorResponse, for a log line: `FATAL 3D000: database "x" does not exist`. */
export function readError(body: Buffer): string {
  const fields = errorFields(body)
  const severity = fields.get('V') ?? fields.get('S') ?? 'ERROR'
  const head = [severity, fields.get('C')].filter(Boolean).join(' ')
  return `${head}: ${fields.get('M') ?? 'no reason given'}`
}
