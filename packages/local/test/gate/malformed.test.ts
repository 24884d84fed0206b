import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { readMessage } from '@rds-iam/wire/postgres-messages'
import { describe, expect, it } from 'vitest'
import type { LocalRds } from '../../src/index.ts'
import { gateFor, HTTP, overTls, passwordOf, START_UP, toThePassword } from '../support/bad-clients.ts'
import { USER } from '../support/clients.ts'
import {
  dialRaw,
  drain,
  mysqlHead,
  mysqlResponse,
  PG_GSSENC_REQUEST,
  PG_SSL_REQUEST,
  pgStartUp,
} from '../support/raw.ts'

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  const { verdictOn } = gateFor(engine)

  it.each<[string, (local: LocalRds) => Promise<Socket>, () => Buffer | string]>([
    ['a browser', dialRaw, () => HTTP],
    ...Array(20).fill(['noise', dialRaw, newNoise]),
    ['noise over TLS', overTls, newNoise],
  ])('%s is not a start-up', async (_what, open, bytes) => {
    const verdict = await verdictOn(async (local) => {
      const socket = await open(local)
      socket.write(bytes())
      return socket
    })
    expect(verdict.reason).toBe('not-a-start-up')
  })

  it('a token of more than 64 KB is too long, and refused like any bad token', async () => {
    let answer = ''
    const verdict = await verdictOn(async (local) => {
      const socket = await toThePassword(local)
      socket.write(passwordOf(engine, 'x'.repeat(70_000)))
      answer = (await drain(socket)).toString()
      return socket
    })
    expect(verdict.reason).toBe('too-long')
    expect(answer).toMatch(
      engine === 'postgres' ? /PAM authentication failed for user "iam_user"/ : /Access denied/,
    )
  })

  it('a token of just under 64 KB is read, and is not a token', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = await toThePassword(local)
      socket.write(passwordOf(engine, 'x'.repeat(65_000)))
      return socket
    })
    expect(verdict.reason).toBe('not-a-token')
  })
})

describe('postgres only', () => {
  const { verdictOn } = gateFor('postgres')

  it.each([
    ['TLS', PG_SSL_REQUEST],
    ['GSSAPI encryption', PG_GSSENC_REQUEST],
  ])('%s inside TLS is not a start-up', async (what, request) => {
    const verdict = await verdictOn(async (local) => {
      const socket = await overTls(local)
      socket.write(request)
      return socket
    })
    expect(verdict).toMatchObject({
      reason: 'not-a-start-up',
      detail: expect.stringContaining(`the client asked for ${what} inside TLS`),
    })
  })

  it.each([
    ['protocol 2.0', pgStartUp(START_UP, 2 << 16), 'protocol 2.0'],
    ['a negative length', Buffer.from('ffffffff00030000', 'hex'), 'a length of -1 bytes'],
    ['a length that is too large', Buffer.from('7fffffff00030000', 'hex'), 'a length of 2147483647 bytes'],
  ])('%s is not a start-up', async (_name, bytes, detail) => {
    const verdict = await verdictOn(async (local) => {
      const socket = await overTls(local)
      socket.write(bytes)
      return socket
    })
    expect(verdict).toMatchObject({ reason: 'not-a-start-up', detail: expect.stringContaining(detail) })
  })

  it('a message that claims to be shorter than itself is malformed', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = await toThePassword(local)
      socket.write(Buffer.from('p\0\0\0\x03'))
      return socket
    })
    expect(verdict).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('a message claims a length of 3 bytes'),
    })
  })

  it('a query instead of a token is malformed', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = await toThePassword(local)
      socket.write(Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 5, 0])]))
      const { type, body } = await readMessage(socket)
      expect([type, body.toString()]).toEqual(['E', expect.stringContaining('PAM authentication failed')])
      return socket
    })
    expect(verdict.reason).toBe('malformed')
  })
})

describe('mysql only', () => {
  const { verdictOn } = gateFor('mysql')

  it('a packet with the wrong number instead of a token is malformed', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = await toThePassword(local)
      socket.write(packet(9, Buffer.from('a token')))
      return socket
    })
    expect(verdict).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('no. 9 instead of no. 4'),
    })
  })

  it.each([
    ['a packet with the wrong number', packet(7, mysqlResponse(USER)), 'no. 7 instead of no. 2'],
    [
      'a protocol older than 4.1',
      packet(2, mysqlResponse(USER, { capabilities: 0x800 })),
      'older than MySQL 4.1',
    ],
    ['a packet that is too large', Buffer.from('7f7f7f02', 'hex'), 'a packet of 8355711 bytes'],
    ['a packet that ends too early', packet(2, mysqlHead().subarray(0, 20)), 'ends 12 bytes early'],
    ['an empty packet', packet(2), 'bytes early'],
  ])('%s is not a start-up', async (_name, bytes, detail) => {
    const verdict = await verdictOn(async (local) => {
      const socket = await overTls(local)
      socket.write(bytes)
      const { body } = await readPacket(socket)
      expect(body.toString('utf8', 3)).toBe('#08S01Bad handshake')
      return socket
    })
    expect(verdict).toMatchObject({ reason: 'not-a-start-up', detail: expect.stringContaining(detail) })
  })
})

/** Never starts like TLS or like a MySQL packet with the expected number. */
function newNoise(): Buffer {
  const noise = randomBytes(5000)
  noise[0] = 0x7f
  noise[3] = 0x7f
  return noise
}
