import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTokenSource } from '../../src/index.ts'
import vectors from './vectors/dsql-tokens.json' with { type: 'json' }

/** Sorts the parameters. Their order has no meaning, because the signature covers the sorted ones. */
function sorted(token: string) {
  const [place, query = ''] = token.split('/?')
  return { place, params: query.split('&').sort() }
}

afterEach(() => void vi.useRealTimers())

describe('a target with an Aurora DSQL cluster as its host', () => {
  it('has 12 vectors', () => expect(vectors).toHaveLength(12))

  it.each(vectors)('gets the token that botocore signed for $user at $host', async (vector) => {
    vi.useFakeTimers({ now: Date.parse(vector.at), toFake: ['Date'] })
    const { host, user, accessKeyId, secretAccessKey, sessionToken } = vector
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
    const source = createTokenSource({ host, user, credentials })
    expect(source.endpoint).toMatchObject({ region: vector.region, port: 5432 })
    const token = await source.get()
    expect(sorted(token)).toEqual(sorted(vector.token))
    expect(token).toContain(vector.signature)
  })
})
