// Asks a server for TLS in the protocol of its engine. Sends no secret.
import type { Socket } from 'node:net'
import type { Engine } from '@rds-iam/core'
import { StepFault } from '../step.ts'

/** Brings a connected socket to the point where TLS starts. `again` opens another one. */
export async function askForTls(socket: Socket, engine: Engine, again: () => Promise<Socket>): Promise<void> {
  if (engine === 'postgres') await askPostgres(socket)
  else await askMysql(socket, again)
}

// https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST
const POSTGRES_SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

async function askPostgres(socket: Socket): Promise<void> {
  socket.write(POSTGRES_SSL_REQUEST)
  const answer = await receive(socket, ({ length }) => length >= 1)
  if (isMysql(answer)) throw new StepFault('wrong-engine', 'the server speaks MySQL, not PostgreSQL')
  // Exactly one letter. Other protocols, such as SSH, send words that start with these letters.
  const letter = answer.toString('latin1')
  if (letter === 'N') throw new StepFault('no-tls', 'the server speaks PostgreSQL, but does not support TLS')
  if (letter !== 'S') throw new StepFault('not-a-database', 'the server does not speak PostgreSQL')
}

/** Packet number 0, with a greeting of protocol 10 or an error. */
function isMysql(bytes: Buffer): boolean {
  return bytes.length > 4 && bytes[3] === 0 && (bytes[4] === 10 || bytes[4] === 0xff)
}

const CLIENT_SSL = 0x800
/** PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH. */
const CAPABILITIES = 0x200 | CLIENT_SSL | 0x8000 | 0x80000
/** A MySQL server speaks first. A server that is still silent may be waiting for the client. */
const SILENT_MS = 2_000

async function askMysql(socket: Socket, again: () => Promise<Socket>): Promise<void> {
  const packet = await greetingOf(socket, again)
  const body = packet.subarray(4)
  if (body[0] === 0xff && body.length >= 3) {
    const text = body.toString('utf8', 3).replace(/^#.{5}/, '')
    throw new StepFault(String(body.readUInt16LE(1)), text)
  }
  // protocol, version NUL, connection ID (4), scramble (8), NUL, and then the lower capabilities
  const end = body.indexOf(0, 1)
  if (end === -1 || body.length < end + 16) throw notMysql()
  const capabilities = body.readUInt16LE(end + 14)
  if ((capabilities & CLIENT_SSL) === 0)
    throw new StepFault('no-tls', 'the server speaks MySQL, but does not support TLS')
  const request = Buffer.alloc(36)
  request.writeUIntLE(32, 0, 3)
  request.writeUInt8(1, 3) // the packet after the greeting
  request.writeUInt32LE(CAPABILITIES, 4)
  request.writeUInt32LE(2 ** 24, 8)
  request.writeUInt8(45, 12) // utf8mb4
  socket.write(request)
}

async function greetingOf(socket: Socket, again: () => Promise<Socket>): Promise<Buffer> {
  const whole = (bytes: Buffer): boolean =>
    (bytes.length > 4 && !isMysql(bytes)) || (bytes.length > 4 && bytes.length >= 4 + bytes.readUIntLE(0, 3))
  let asked: Promise<void> | undefined
  const other = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      asked = speaksPostgres(again).then((yes) => {
        if (yes) reject(new StepFault('wrong-engine', 'the server speaks PostgreSQL, not MySQL'))
      })
    }, SILENT_MS)
    socket.once('data', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  })
  const packet = await Promise.race([receive(socket, whole), other])
  await asked
  if (!isMysql(packet)) throw notMysql()
  return packet
}

function notMysql(): StepFault {
  return new StepFault('not-a-database', 'the server does not speak MySQL')
}

async function speaksPostgres(again: () => Promise<Socket>): Promise<boolean> {
  try {
    const socket = await again()
    try {
      socket.write(POSTGRES_SSL_REQUEST)
      const answer = await receive(socket, ({ length }) => length >= 1)
      return /^[SN]$/.test(answer.toString('latin1'))
    } finally {
      socket.destroy()
    }
  } catch {
    return false
  }
}

/** Resolves with the server's bytes once there are enough. */
function receive(socket: Socket, enough: (bytes: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const settle = (act: () => void): void => {
      socket.off('data', hear).off('error', fail).off('close', end)
      socket.pause()
      act()
    }
    const hear = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      if (enough(bytes)) settle(() => resolve(bytes))
    }
    const fail = (error: Error): void => settle(() => reject(error))
    const end = (): void =>
      settle(() => reject(new StepFault('closed', 'the server closed the connection at once')))
    socket.on('data', hear).on('error', fail).on('close', end)
  })
}
