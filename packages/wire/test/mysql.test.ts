import { type Response, readGreeting, readResponse, responseBody } from '@rds-iam/wire/mysql-handshake'
import { Cursor, errorBody, readErrorBody } from '@rds-iam/wire/mysql-packets'
import { describe, expect, it } from 'vitest'
import { mysqlHead } from '../../local/test/support/raw.ts'

const PROTOCOL_41 = 0x200
const SECURE_CONNECTION = 0x8000

describe('a length prefix', () => {
  const filled = (length: number): Buffer => Buffer.alloc(length, 'x')

  it.each([
    ['in one byte', [0xfa], 0xfa],
    ['in two', [0xfc, 0xfb, 0x00], 0xfb],
    ['in three', [0xfd, 0x01, 0x00, 0x01], 0x10001],
  ])('may be %s', (_name, mark, length) => {
    const cursor = new Cursor(Buffer.concat([Buffer.from(mark), filled(length), Buffer.from('rest')]))
    expect(cursor.counted()).toEqual(filled(length))
    expect(cursor.rest().toString()).toBe('rest')
  })

  it.each([
    ['the mark of a NULL column', 0xfb],
    ['eight bytes long, which no login needs', 0xfe],
    ['an error mark', 0xff],
  ])('is not %s', (_name, mark) => {
    const cursor = new Cursor(Buffer.from([mark, 1, 0, 0, 0, 0, 0, 0, 0, 0]))
    expect(() => cursor.counted()).toThrow('a packet contains an invalid length')
  })

  it('is refused if it exceeds the packet', () => {
    const cursor = new Cursor(Buffer.from([0xfc, 0xff, 0xff, 0x61]))
    expect(() => cursor.counted()).toThrow('a packet ends 65534 bytes early')
  })
})

describe('an error of a server', () => {
  it('is shown with its code and its SQLSTATE', () =>
    expect(readErrorBody(errorBody(1049, '42000', 'Unknown database'))).toBe(
      '1049 (42000): Unknown database',
    ))

  it('has no SQLSTATE before the greeting', () =>
    expect(readErrorBody(Buffer.from('\xff\x10\x04Too many connections', 'latin1'))).toBe(
      '1040: Too many connections',
    ))

  it('may be cut off', () => expect(readErrorBody(Buffer.from([0xff]))).toBe('0: '))
})

it('a server with another protocol is refused', () => {
  expect(() => readGreeting(Buffer.from('\x093.20.0\0'))).toThrow(
    'the server speaks protocol 9 instead of 10',
  )
})

describe('a response', () => {
  it('of an old client contains a proof that ends with a NUL', () => {
    const body = Buffer.concat([mysqlHead(PROTOCOL_41), Buffer.from('jane\0proof\0')])
    const { user, proof, database, plugin } = readResponse(body)
    expect([`${user}`, `${proof}`, database, plugin]).toEqual(['jane', 'proof', undefined, ''])
  })

  it('may leave out the last NUL', () => {
    const capabilities = PROTOCOL_41 | SECURE_CONNECTION | 0x80000
    const body = Buffer.concat([mysqlHead(capabilities), Buffer.from('jane\0\0caching_sha2_password')])
    expect(readResponse(body).plugin).toBe('caching_sha2_password')
  })

  it('contains no plugin if the client supports none', () => {
    const response: Response = {
      capabilities: PROTOCOL_41,
      fixed: Buffer.alloc(28),
      user: Buffer.from('jane'),
      proof: Buffer.from([1, 0, 2]),
      database: undefined,
      plugin: 'mysql_native_password',
      tail: Buffer.alloc(0),
    }
    expect(responseBody(response).subarray(32)).toEqual(Buffer.from('jane\0\x03\x01\0\x02'))
    expect(readResponse(responseBody(response))).toEqual({
      ...response,
      capabilities: PROTOCOL_41 | SECURE_CONNECTION,
      plugin: '',
    })
  })
})
