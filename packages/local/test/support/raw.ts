// Clients that send raw bytes, for what no driver does.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { cString, int32, message, readMessage } from '@rds-iam/wire/postgres-messages'
import { readBytes } from '@rds-iam/wire/read'
import type { LocalRds } from '../../src/index.ts'

export async function dialRaw(local: LocalRds): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: local.port, allowHalfOpen: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Reads everything until the other side closes. */
export async function drain(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of socket) chunks.push(chunk as Buffer) // no encoding is set: buffers
  } catch {}
  return Buffer.concat(chunks)
}

export async function startTls(local: LocalRds, socket: Socket): Promise<TLSSocket> {
  const secure = connectTls({ socket, ca: local.ca, servername: local.endpoint.host })
  secure.on('error', () => {})
  await once(secure, 'secureConnect')
  return secure
}

export const PG_SSL_REQUEST: Buffer = Buffer.concat([int32(8), int32(80877103)])
export const PG_GSSENC_REQUEST: Buffer = Buffer.concat([int32(8), int32(80877104)])

export function pgStartUp(parameters: Record<string, string>, protocol = 196608): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [cString(name), cString(value)])
  const body = Buffer.concat([int32(protocol), ...pairs, Buffer.from([0])])
  return Buffer.concat([int32(body.length + 4), body])
}

/** Connects up to the request for the password. */
export async function pgToThePassword(
  local: LocalRds,
  parameters: Record<string, string>,
  protocol?: number,
): Promise<TLSSocket> {
  const socket = await dialRaw(local)
  socket.write(PG_SSL_REQUEST)
  await readBytes(socket, 1)
  const secure = await startTls(local, socket)
  secure.write(pgStartUp(parameters, protocol))
  const { type, body } = await readMessage(secure)
  if (type !== 'R' || body.readInt32BE() !== 3) throw new Error(`not asked for a clear password, but ${type}`)
  return secure
}

export const pgPassword = (token: string): Buffer => message('p', token)

const MYSQL_BASIC = 0x1 | 0x200 | 0x8000 | 0x80000 // LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH
const MYSQL_SSL = 0x800

/** The first 32 bytes of a response. On their own, they are an SSLRequest. */
export function mysqlHead(capabilities: number = MYSQL_BASIC | MYSQL_SSL): Buffer {
  const head = Buffer.alloc(32)
  head.writeUInt32LE(capabilities >>> 0, 0)
  head.writeUInt32LE(2 ** 24 - 1, 4)
  head.writeUInt8(45, 8)
  return head
}

export function mysqlResponse(
  user: string,
  { capabilities = MYSQL_BASIC | MYSQL_SSL, proof = Buffer.alloc(0), plugin = 'mysql_native_password' } = {},
): Buffer {
  return Buffer.concat([
    mysqlHead(capabilities),
    cString(user),
    Buffer.from([proof.length]),
    proof,
    ...(capabilities & 0x80000 ? [cString(plugin)] : []),
  ])
}

/** Connects up to the auth-switch packet, and returns its body. */
export async function mysqlToThePassword(
  local: LocalRds,
  user: string,
): Promise<{ socket: TLSSocket; authSwitch: Buffer }> {
  const socket = await mysqlOverTls(local)
  socket.write(packet(2, mysqlResponse(user)))
  const { sequence, body } = await readPacket(socket)
  if (sequence !== 3 || body[0] !== 0xfe) throw new Error(`no auth switch, but ${body[0]}, no. ${sequence}`)
  return { socket, authSwitch: body }
}

export async function mysqlOverTls(local: LocalRds): Promise<TLSSocket> {
  const socket = await dialRaw(local)
  await readPacket(socket)
  socket.write(packet(1, mysqlHead()))
  return startTls(local, socket)
}
