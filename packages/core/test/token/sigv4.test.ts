import { Signer } from '@aws-sdk/rds-signer'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Endpoint } from '../../src/target/endpoint.ts'
import { presign } from '../../src/token/sigv4.ts'
import { dsqlRequest, rdsRequest } from '../../src/token/token.ts'
import dsqlVectors from './vectors/dsql-tokens.json' with { type: 'json' }
import rdsVectors from './vectors/tokens.json' with { type: 'json' }

type Vector = (typeof rdsVectors)[number] | (typeof dsqlVectors)[number]

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Vector) {
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined }
}

/** Sorts the parameters. Their order has no meaning, because the signature covers the sorted ones. */
function sorted(token: string) {
  const [place, query = ''] = token.split('/?')
  return { place, params: query.split('&').sort() }
}

function endpointOf(parts: Pick<Endpoint, 'host' | 'port' | 'user' | 'region'>): Endpoint {
  return { engine: 'postgres', database: undefined, kind: undefined, via: undefined, ...parts }
}

afterEach(() => void vi.useRealTimers())

describe('a presigned request', () => {
  it.each(rdsVectors)('equals the RDS token that botocore signed for $user at $host:$port', (vector) => {
    const token = presign(rdsRequest(endpointOf(vector)), keysOf(vector), Date.parse(vector.at))
    expect(sorted(token)).toEqual(sorted(vector.token))
  })

  it.each(dsqlVectors)('equals the DSQL token that botocore signed for $user at $host', (vector) => {
    const token = presign(dsqlRequest(vector), keysOf(vector), Date.parse(vector.at))
    expect(sorted(token)).toEqual(sorted(vector.token))
  })

  it('equals what the AWS SDK signs, for any host, port, user, region, keys and time', async () => {
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

        const ours = presign(rdsRequest(endpointOf(parts)), keys, now)

        expect(sorted(ours)).toEqual(sorted(theirs))
      }),
      { numRuns: 100 },
    )
  })
})
