import { Signer } from '@aws-sdk/rds-signer'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTokenSource } from '../../src/index.ts'
import type { Endpoint } from '../../src/target/endpoint.ts'
import { presign } from '../../src/token/sigv4.ts'
import { rdsRequest, signToken, tokenFacts } from '../../src/token/token.ts'
import dsqlVectors from './vectors/dsql-tokens.json' with { type: 'json' }
import rdsVectors from './vectors/tokens.json' with { type: 'json' }

/** Sorts the parameters. Their order has no meaning, because the signature covers the sorted ones. */
function sorted(token: string) {
  const [place, query = ''] = token.split('/?')
  return { place, params: query.split('&').sort() }
}

function endpointOf(parts: Pick<Endpoint, 'host' | 'port' | 'user' | 'region'>): Endpoint {
  return { engine: 'postgres', database: undefined, kind: undefined, via: undefined, ...parts }
}

function keysOf(vector: (typeof rdsVectors)[number] | (typeof dsqlVectors)[number]) {
  const { accessKeyId, secretAccessKey, sessionToken } = vector
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

afterEach(() => void vi.useRealTimers())

describe('a token equals', () => {
  it.each(rdsVectors)('the one that botocore signed for $user at $host:$port', (vector) => {
    vi.useFakeTimers({ now: Date.parse(vector.at), toFake: ['Date'] })
    const credentials = keysOf(vector)
    const { value } = signToken(endpointOf(vector), {
      number: 1,
      resolvedAt: 0,
      credentials,
      endAt: undefined,
    })
    expect(value).toContain(vector.signature)
    expect(sorted(value)).toEqual(sorted(vector.token))
  })

  it('has 12 vectors for Aurora DSQL', () => expect(dsqlVectors).toHaveLength(12))

  it.each(dsqlVectors)('the one that botocore signed for $user at $host', async (vector) => {
    vi.useFakeTimers({ now: Date.parse(vector.at), toFake: ['Date'] })
    const { host, user } = vector
    const source = createTokenSource({ host, user, credentials: keysOf(vector) })
    expect(source.endpoint).toMatchObject({ region: vector.region, port: 5432 })
    const token = await source.get()
    expect(sorted(token)).toEqual(sorted(vector.token))
    expect(token).toContain(vector.signature)
  })

  it('what the AWS SDK signs, for any host, port, user, region, keys and time', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1 })
    const cases = fc.record({
      host: fc.oneof(fc.domain(), fc.ipV4()),
      port: fc.integer({ min: 1, max: 65_535 }),
      user: fc.oneof(text, fc.string({ unit: fc.constantFrom(..."aZ9-_.~!'()*+ &=%/?#:@é"), minLength: 1 })),
      region: fc.stringMatching(/^[a-z]{2}(-[a-z]{1,9}){1,2}-\d$/),
      accessKeyId: fc.stringMatching(/^A[KS]IA[A-Z2-7]{16}$/),
      secretAccessKey: text,
      sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 4096 }), { nil: undefined }),
      now: fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59Z') }),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ now, accessKeyId, secretAccessKey, sessionToken, ...parts }) => {
        vi.useFakeTimers({ now, toFake: ['Date'] }) // the SDK takes the date from the clock
        const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
        const { host: hostname, user: username, ...others } = parts
        const theirs = await new Signer({ hostname, username, ...others, credentials: keys }).getAuthToken()
        expect(sorted(presign(rdsRequest(endpointOf(parts)), keys, now))).toEqual(sorted(theirs))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a token', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' }
  const target = { host: 'db.example', port: 5432, user: 'jane_doe', region: 'us-east-1' }
  const sign = (more: Partial<typeof target> = {}, endAt?: number) =>
    signToken(endpointOf({ ...target, ...more }), { number: 1, resolvedAt: now, credentials, endAt })
  beforeEach(() => void vi.useFakeTimers({ now, toFake: ['Date'] }))

  it.each([
    ['after 15 minutes', 3_600_000, 900_000],
    ['with the credentials that signed it, if they expire sooner', 240_000, 240_000],
  ])('expires %s', (_when, keysMs, lifeMs) => {
    expect(sign({}, now + keysMs)).toMatchObject({ signedAt: now, endAt: now + lifeMs })
  })

  it('is signed for an IPv6 address as written in the Host header', () => {
    expect(sign({ host: '::1' }).value).toMatch(/^\[::1\]:5432\/\?/)
  })

  it('shows its age and the ends of its key ID, and nothing more', () => {
    const { value } = sign()
    vi.setSystemTime(now + 42_000)
    expect(tokenFacts(value)).toEqual({ keyId: 'AKIA…MPLE', ageMs: 42_000 })
  })

  it('that cannot be signed causes an RdsIamError', () => {
    // Half a character can't be encoded in UTF-8.
    expect(() => sign({ user: 'jane\ud800' })).toThrow(
      expect.objectContaining({
        code: 'ERR_RDS_IAM_SIGNING',
        message: expect.stringContaining('URI malformed'),
      }),
    )
  })
})
