import { describe, expect, it } from 'vitest'
import { admit, type Rules } from '../../src/admission/admission.ts'
import { Refusal, type VerdictReason } from '../../src/admission/verdict.ts'
import { dsqlVectors, rdsVectors, type Vector } from '../support/tokens.ts'

function rulesFor(vector: Vector, atMs: number): Rules {
  const { host, port = 5432, region, user, accessKeyId, secretAccessKey, sessionToken } = vector
  return {
    service: vector.port === undefined ? 'dsql' : 'rds-db',
    endpoint: { host, port },
    region,
    users: [user],
    findKey: (id) =>
      id === accessKeyId
        ? { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) }
        : undefined,
    now: () => atMs,
  }
}

function verdictOn(vector: Vector, { token = vector.token, seconds = 0 } = {}): VerdictReason {
  try {
    admit(token, vector.user, rulesFor(vector, Date.parse(vector.at) + seconds * 1000))
    return 'admitted'
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
}

describe.each([
  ['RDS', 30, rdsVectors],
  ['Aurora DSQL', 12, dsqlVectors],
] as const)('tokens for %s signed by botocore', (_service, count, vectors) => {
  it(`are ${count}`, () => expect(vectors).toHaveLength(count))

  describe.each(
    vectors.map((vector, index) => ({ vector, name: `no. ${index + 1} for ${vector.user}@${vector.host}` })),
  )('$name', ({ vector }) => {
    it('is admitted right after it is signed', () => expect(verdictOn(vector)).toBe('admitted'))

    it('is admitted until the end of its 900 seconds', () =>
      expect(verdictOn(vector, { seconds: 900 })).toBe('admitted'))

    it('is refused one second later', () => expect(verdictOn(vector, { seconds: 901 })).toBe('expired'))

    it('is admitted by a clock that is 5 minutes behind', () =>
      expect(verdictOn(vector, { seconds: -300 })).toBe('admitted'))

    it('is refused by a clock that is more than 5 minutes behind', () =>
      expect(verdictOn(vector, { seconds: -301 })).toBe('not-yet-valid'))

    it('is refused if anything is added', () => {
      for (const more of ['\0', ' ', '\n', '&', '0', '&X-Amz-Expires=900']) {
        expect(verdictOn(vector, { token: vector.token + more })).not.toBe('admitted')
        expect(verdictOn(vector, { token: more + vector.token })).not.toBe('admitted')
      }
    })

    it('is admitted with its parameters in any order', () => {
      const [front = '', query = ''] = vector.token.split('?')
      const token = `${front}?${query.split('&').reverse().join('&')}`
      expect(verdictOn(vector, { token })).toBe('admitted')
    })
  })

  // The first three have unlike users and hosts, with and without a session token. More of them would find the same.
  describe.each(vectors.slice(0, 3))('of $user at $host', (vector) => {
    it('is refused if any of its characters is changed', () => {
      const admitted = changes(vector.token).filter((token) => verdictOn(vector, { token }) === 'admitted')
      expect(admitted).toEqual([])
    })

    it('is refused if it is cut off anywhere', () => {
      for (let length = 0; length < vector.token.length; length += 1) {
        expect(verdictOn(vector, { token: vector.token.slice(0, length) })).not.toBe('admitted')
      }
    })
  })
})

/** Changes every character: to its neighbour, to its other case, and to nothing. */
function changes(token: string): string[] {
  return [...token].flatMap((character, index) => {
    const neighbour = String.fromCharCode(character.charCodeAt(0) + 1)
    const others = new Set([neighbour, character.toLowerCase(), character.toUpperCase(), ''])
    others.delete(character)
    return [...others].map((other) => token.slice(0, index) + other + token.slice(index + 1))
  })
}
