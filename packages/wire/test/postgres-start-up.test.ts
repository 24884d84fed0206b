import type { Socket } from 'node:net'
import { CANCEL_REQUEST, int32, message, PROTOCOL_3_0 } from '@rds-iam/wire/postgres-messages'
import { inProtocol30, needsNegotiation, readOpening } from '@rds-iam/wire/postgres-start-up'
import { Malformed } from '@rds-iam/wire/read'
import { beforeEach, describe, expect, it } from 'vitest'
import { pair } from './support/pair.ts'

let client: Socket
let gate: Socket
beforeEach(async () => {
  ;[client, gate] = await pair()
})

describe('a request to cancel', () => {
  const withKey = (length: number): Buffer => {
    const body = Buffer.concat([int32(CANCEL_REQUEST), int32(4711), Buffer.alloc(length, 7)])
    return Buffer.concat([int32(body.length + 4), body])
  }

  // PostgreSQL 18 speaks protocol 3.2, with longer keys.
  it.each([4, 32, 256])('contains a key of %i bytes', async (length) => {
    const raw = withKey(length)
    client.write(raw)
    expect(await readOpening(gate)).toEqual({ kind: 'cancel', raw, key: raw.subarray(8) })
  })

  it.each([0, 257])('is malformed with a key of %i bytes', async (length) => {
    client.write(withKey(length))
    await expect(readOpening(gate)).rejects.toThrow(Malformed)
  })
})

describe('a start-up', () => {
  const of = (...words: string[]): Buffer => {
    const body = Buffer.concat([int32(196608), Buffer.from(words.map((word) => `${word}\0`).join(''))])
    return Buffer.concat([int32(body.length + 4), body])
  }

  it('names a user, and the database of the same name unless it names another', async () => {
    client.write(of('user', 'jane', ''))
    expect(await readOpening(gate)).toMatchObject({ startUp: { user: 'jane', database: 'jane' } })
    client.write(of('database', 'app', 'user', 'jane', ''))
    expect(await readOpening(gate)).toMatchObject({ startUp: { user: 'jane', database: 'app' } })
  })

  it.each([
    ['names no user', of('database', 'app', ''), 'names no user'],
    ['has a value without a name', of('user', 'jane', '', 'x', ''), 'has a value without a name'],
    ['does not end as it should', of('user', 'jane'), 'does not end as it should'],
  ])('that %s is not read', async (_what, packet, why) => {
    client.write(packet)
    await expect(readOpening(gate)).rejects.toThrow(why)
  })
})

describe('a start-up in protocol 3.0', () => {
  const plain = new Map([['user', 'jane']])
  const extended = new Map([...plain, ['_pq_.one', '1'], ['_pq_.two', '2']])

  it.each([
    ['in 3.0', PROTOCOL_3_0, plain, false],
    ['in 3.2', PROTOCOL_3_0 + 2, plain, true],
    ['in 3.0 with protocol options', PROTOCOL_3_0, extended, true],
  ])('is negotiated only if the client asks for more: %s', (_, protocol, parameters, negotiated) => {
    expect(needsNegotiation({ protocol, parameters })).toBe(negotiated)
  })

  it('contains no protocol options, which the answer to the client names', () => {
    expect(inProtocol30({ protocol: PROTOCOL_3_0 + 2, parameters: extended })).toEqual({
      startUp: { protocol: PROTOCOL_3_0, parameters: plain },
      negotiation: message('v', int32(PROTOCOL_3_0), int32(2), '_pq_.one', '_pq_.two'),
    })
  })
})
