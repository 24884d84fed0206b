// caching_sha2_password as MySQL 8 uses it without TLS. The tests have no MySQL, so they play the server according to the
// protocol's documentation, with their own implementation of the proof.
import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import type { Socket } from 'node:net'
import { awaitGreeting, BackendRefusal, logIn } from '@rds-iam/wire/mysql-client'
import { PLUGIN_AUTH, PROTOCOL_41, readResponse } from '@rds-iam/wire/mysql-handshake'
import { errorBody, packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { dial } from '@rds-iam/wire/sockets'
import { expect, it } from 'vitest'
import { MYSQL_OK, mysqlGreeting } from '../../../../test/support/mysql-scripts.ts'
import { play } from '../../../../test/support/play.ts'

const PLUGIN = 'caching_sha2_password'
const SCRAMBLE = Buffer.from('abcdefghijklmnopqrst')
const OTHER_SCRAMBLE = Buffer.from('tsrqponmlkjihgfedcba')
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** XOR(SHA256(password), SHA256(SHA256(SHA256(password)), scramble)) */
function isProof(proof: Buffer, password: string, scramble: Buffer): boolean {
  const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
  const stored = sha(sha(Buffer.from(password)))
  const mask = sha(stored, scramble)
  const once = Buffer.from(proof.map((byte, index) => byte ^ (mask[index] ?? 0)))
  return sha(once).equals(stored)
}

async function attempt(converse: (socket: Socket) => Promise<void>, password: string): Promise<Buffer> {
  await using server = await play(async ({ socket }) => {
    socket.write(packet(0, mysqlGreeting({ plugin: PLUGIN, scramble: SCRAMBLE })))
    await converse(socket)
  })
  const socket = await dial({ host: server.host, port: server.port })
  try {
    const response = {
      capabilities: PROTOCOL_41 | PLUGIN_AUTH,
      fixed: Buffer.alloc(28),
      user: Buffer.from('jane'),
      proof: Buffer.alloc(0),
      database: undefined,
      plugin: '',
      tail: Buffer.alloc(0),
    }
    return await logIn(socket, await awaitGreeting(socket), response, password)
  } finally {
    socket.destroy()
  }
}

it('sends only a proof of the password if the server has cached its hash', async () => {
  const ok = await attempt(async (socket) => {
    const { sequence, body } = await readPacket(socket)
    const { plugin, proof, user } = readResponse(body)
    const good =
      sequence === 1 && plugin === PLUGIN && `${user}` === 'jane' && isProof(proof, 'p@ss', SCRAMBLE)
    if (!good) return void socket.destroy()
    socket.write(packet(2, Buffer.from([1, 3])))
    socket.write(packet(3, MYSQL_OK))
  }, 'p@ss')
  expect(ok).toEqual(MYSQL_OK)
})

it('sends the password encrypted with the server’s public key if the server has not', async () => {
  let sealed = ''
  const ok = await attempt(async (socket) => {
    await readPacket(socket)
    socket.write(packet(2, Buffer.from([1, 4])))
    if ((await readPacket(socket, 3)).body[0] !== 2) return void socket.destroy()
    socket.write(packet(4, Buffer.from([1]), Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))))
    const { body } = await readPacket(socket, 5)
    const hidden = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, body)
    sealed = Buffer.from(hidden.map((byte, index) => byte ^ (SCRAMBLE[index % 20] ?? 0))).toString()
    socket.write(packet(6, MYSQL_OK))
  }, 'a password that is longer than the scramble')
  expect(sealed).toBe('a password that is longer than the scramble\0')
  expect(ok).toEqual(MYSQL_OK)
})

it('switches from another plugin, with a new scramble', async () => {
  const ok = await attempt(async (socket) => {
    await readPacket(socket)
    socket.write(packet(2, Buffer.from([0xfe]), Buffer.from(`${PLUGIN}\0`), OTHER_SCRAMBLE, Buffer.from([0])))
    const { body } = await readPacket(socket, 3)
    if (!isProof(body, 'p@ss', OTHER_SCRAMBLE)) return void socket.destroy()
    socket.write(packet(4, Buffer.from([1, 3])))
    socket.write(packet(5, MYSQL_OK))
  }, 'p@ss')
  expect(ok).toEqual(MYSQL_OK)
})

it('sends an empty proof without a password', async () => {
  const ok = await attempt(async (socket) => {
    const { proof } = readResponse((await readPacket(socket)).body)
    if (proof.length === 0) socket.write(packet(2, MYSQL_OK))
  }, '')
  expect(ok).toEqual(MYSQL_OK)
})

it('passes on the server’s refusal', async () => {
  const refusal = errorBody(1045, '28000', 'Access denied')
  const fate = attempt(async (socket) => {
    await readPacket(socket)
    socket.write(packet(2, refusal))
  }, 'wrong')
  await expect(fate).rejects.toBeInstanceOf(BackendRefusal)
  await expect(fate).rejects.toMatchObject({ message: '1045 (28000): Access denied', body: refusal })
})

it('fails if the server sends more data than the plugin expects', async () => {
  const fate = attempt(async (socket) => {
    await readPacket(socket)
    const native = Buffer.from('mysql_native_password\0')
    socket.write(packet(2, Buffer.from([0xfe]), native, OTHER_SCRAMBLE, Buffer.from([0])))
    await readPacket(socket, 3)
    socket.write(packet(4, Buffer.from([1, 3])))
  }, 'p@ss')
  await expect(fate).rejects.toThrow(
    'the server sent more data for mysql_native_password, which expects none',
  )
})

it('fails if the server’s answer is not valid', async () => {
  const fate = attempt(async (socket) => {
    await readPacket(socket)
    socket.write(packet(2, Buffer.from([0x7a])))
  }, 'p@ss')
  await expect(fate).rejects.toThrow('the server answered the login with a packet of type 122')
})

it('fails if the server asks for an unsupported plugin', async () => {
  const fate = attempt(async (socket) => {
    await readPacket(socket)
    socket.write(packet(2, Buffer.from([0xfe]), Buffer.from('client_ed25519\0'), Buffer.alloc(32)))
  }, 'p@ss')
  await expect(fate).rejects.toThrow('asks for the authentication plugin client_ed25519')
})
