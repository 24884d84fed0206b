// The two packets that open a MySQL connection: the server's greeting and the client's response.

import { Cursor } from './mysql-packets.ts'
import { Malformed } from './read.ts'

/** Capability flags. https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
export const CONNECT_WITH_DB = 0x8
export const PROTOCOL_41 = 0x200
export const SSL = 0x800
export const SECURE_CONNECTION = 0x8000
export const PLUGIN_AUTH = 0x80000
const PLUGIN_AUTH_LENENC = 0x200000

const PROTOCOL_10 = 10

export interface Greeting {
  version: string
  connectionId: number
  /** 20 bytes, for every plugin. */
  scramble: Buffer
  capabilities: number
  charset: number
  status: number
  /** Ten bytes. MariaDB puts its own capabilities in the last four. */
  reserved: Buffer
  plugin: string
}

export function readGreeting(body: Buffer): Greeting {
  const cursor = new Cursor(body)
  const protocol = cursor.uint8()
  if (protocol !== PROTOCOL_10) throw new Malformed(`the server speaks protocol ${protocol} instead of 10`)
  const version = cursor.cString().toString()
  const connectionId = cursor.uint32()
  const scrambleBegin = cursor.bytes(8)
  cursor.bytes(1)
  const low = cursor.uint16()
  const charset = cursor.uint8()
  const status = cursor.uint16()
  const high = cursor.uint16()
  const scrambleLength = cursor.uint8()
  const reserved = cursor.bytes(10)
  const scrambleEnd = cursor.bytes(Math.max(13, scrambleLength - 8)).subarray(0, 12)
  return {
    version,
    connectionId,
    scramble: Buffer.concat([scrambleBegin, scrambleEnd]),
    capabilities: ((high << 16) | low) >>> 0,
    charset,
    status,
    reserved,
    plugin: cursor.cString().toString(),
  }
}

export function greetingBody(greeting: Greeting): Buffer {
  const id = Buffer.alloc(4)
  id.writeUInt32LE(greeting.connectionId)
  const flags = Buffer.alloc(8)
  flags.writeUInt16LE(greeting.capabilities & 0xffff, 0)
  flags.writeUInt8(greeting.charset, 2)
  flags.writeUInt16LE(greeting.status, 3)
  flags.writeUInt16LE(greeting.capabilities >>> 16, 5)
  flags.writeUInt8(greeting.scramble.length + 1, 7)
  return Buffer.concat([
    Buffer.from([PROTOCOL_10]),
    Buffer.from(`${greeting.version}\0`),
    id,
    greeting.scramble.subarray(0, 8),
    Buffer.from([0]),
    flags,
    greeting.reserved,
    greeting.scramble.subarray(8),
    Buffer.from([0]),
    Buffer.from(`${greeting.plugin}\0`),
  ])
}

/** HandshakeResponse41. */
export interface Response {
  capabilities: number
  /** The longest packet, the charset, and 23 bytes of filler, in which MariaDB's clients put their own capabilities. */
  fixed: Buffer
  user: Buffer
  proof: Buffer
  database: Buffer | undefined
  plugin: string
  /** Connection attributes and everything after them. */
  tail: Buffer
}

/** An SSLRequest consists of the first 32 bytes of a response. */
export function isSslRequest(body: Buffer): boolean {
  return body.length === 32 && (body.readUInt32LE(0) & SSL) !== 0
}

export function sslRequestBody({ capabilities, fixed }: Pick<Response, 'capabilities' | 'fixed'>): Buffer {
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE((capabilities | SSL) >>> 0)
  return Buffer.concat([flags, fixed])
}

export function readResponse(body: Buffer): Response {
  const cursor = new Cursor(body)
  const capabilities = cursor.uint32()
  if ((capabilities & PROTOCOL_41) === 0)
    throw new Malformed('the client speaks a protocol older than MySQL 4.1')
  const fixed = cursor.bytes(28)
  const user = cursor.cString()
  return {
    capabilities,
    fixed,
    user,
    proof: readProof(cursor, capabilities),
    database: capabilities & CONNECT_WITH_DB ? cursor.cString() : undefined,
    plugin: capabilities & PLUGIN_AUTH ? cursor.cString().toString() : '',
    tail: cursor.rest(),
  }
}

function readProof(cursor: Cursor, capabilities: number): Buffer {
  if (capabilities & PLUGIN_AUTH_LENENC) return cursor.counted()
  if (capabilities & SECURE_CONNECTION) return cursor.bytes(cursor.uint8())
  return cursor.cString()
}

/** Encodes the response. `proof` must not be longer than 250 bytes. */
export function responseBody(response: Response): Buffer {
  const capabilities = Buffer.alloc(4)
  // Set because a proof may contain a NUL. Up to 250 bytes, PLUGIN_AUTH_LENENC has the same format.
  capabilities.writeUInt32LE((response.capabilities | SECURE_CONNECTION) >>> 0)
  const nul = Buffer.from([0])
  return Buffer.concat([
    capabilities,
    response.fixed,
    response.user,
    nul,
    Buffer.from([response.proof.length]),
    response.proof,
    ...(response.database === undefined ? [] : [response.database, nul]),
    ...(response.capabilities & PLUGIN_AUTH ? [Buffer.from(`${response.plugin}\0`)] : []),
    response.tail,
  ])
}
