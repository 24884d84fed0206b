import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Endpoint } from '../../src/target/endpoint.ts'
import { signToken, tokenFacts } from '../../src/token/token.ts'
import vectors from './vectors/tokens.json' with { type: 'json' }

const endpoint = { engine: 'postgres', database: undefined, kind: undefined, via: undefined } as const

function credentialsOf(vector: (typeof vectors)[number]) {
  const { accessKeyId, secretAccessKey, sessionToken } = vector
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/** Sorts the parameters. Their order has no meaning, because the signature covers the sorted ones. */
function sorted(token: string) {
  const [place, query = ''] = token.split('/?')
  return { place, params: query.split('&').sort() }
}

afterEach(() => void vi.useRealTimers())

describe('a signed token', () => {
  it.each(vectors)('equals the one that botocore signed for $user at $host:$port', (vector) => {
    vi.useFakeTimers({ now: Date.parse(vector.at), toFake: ['Date'] })
    const { host, port, user, region } = vector
    const target: Endpoint = { ...endpoint, host, port, user, region }

    const token = signToken(target, {
      number: 1,
      resolvedAt: now,
      credentials: credentialsOf(vector),
      endAt: undefined,
    })

    expect(token.value).toContain(vector.signature)
    expect(sorted(token.value)).toEqual(sorted(vector.token))
  })

  const [vector] = vectors
  if (!vector) throw new Error('no vectors')
  const target: Endpoint = {
    ...endpoint,
    host: vector.host,
    port: 5432,
    user: 'jane_doe',
    region: 'us-east-1',
  }
  const now = Date.parse('2026-11-22T12:00:00Z')

  it('is valid for 15 minutes if its credentials are valid for longer', () => {
    vi.useFakeTimers({ now, toFake: ['Date'] })
    const credentials = credentialsOf(vector)
    expect(
      signToken(target, { number: 1, resolvedAt: now, credentials, endAt: now + 3_600_000 }),
    ).toMatchObject({
      signedAt: now,
      endAt: now + 900_000,
    })
  })

  it('expires with the credentials that signed it, if they expire sooner', () => {
    vi.useFakeTimers({ now, toFake: ['Date'] })
    const credentials = credentialsOf(vector)
    expect(
      signToken(target, { number: 1, resolvedAt: now, credentials, endAt: now + 240_000 }),
    ).toMatchObject({
      endAt: now + 240_000,
    })
  })

  it('is signed for an IPv6 address as written in the Host header', () => {
    const { value } = signToken(
      { ...target, host: '::1' },
      { number: 1, resolvedAt: now, credentials: credentialsOf(vector), endAt: undefined },
    )
    expect(value).toMatch(/^\[::1\]:5432\/\?/)
  })

  it('shows its age and the ends of its key ID, and nothing more', () => {
    vi.useFakeTimers({ now: Date.parse(vector.at) + 42_000, toFake: ['Date'] })
    expect(tokenFacts(vector.token)).toEqual({ keyId: 'AKIA…MPLE', ageMs: 42_000 })
  })

  it('that cannot be signed causes an RdsIamError', () => {
    const credentials = credentialsOf(vector)
    const user = 'jane\ud800' // half a character, which can't be encoded in UTF-8
    const sign = () =>
      signToken({ ...target, user }, { number: 1, resolvedAt: now, credentials, endAt: undefined })
    expect(sign).toThrow(
      expect.objectContaining({
        code: 'ERR_RDS_IAM_SIGNING',
        message: expect.stringContaining('URI malformed'),
      }),
    )
  })
})
