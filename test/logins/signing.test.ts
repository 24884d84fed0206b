// The gate checks core's signatures with its own implementation of Signature Version 4.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { presign } from '../../packages/core/src/token/sigv4.ts'
import { rdsRequest } from '../../packages/core/src/token/token.ts'
import { admit } from '../../packages/local/src/admission/admission.ts'

it('is admitted for any host, port, user, region, keys and time', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  const cases = fc.record({
    host: fc.domain(),
    port: fc.integer({ min: 1, max: 65_535 }),
    user: fc.oneof(text, fc.string({ unit: fc.constantFrom(..."aZ9-_.~!'()*+ &=%/?#:@"), minLength: 1 })),
    region: fc.stringMatching(/^[a-z]{2}(-[a-z]{1,9}){1,2}-\d$/),
    accessKeyId: fc.stringMatching(/^A[KS]IA[A-Z2-7]{16}$/),
    secretAccessKey: text,
    sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 4096 }), { nil: undefined }),
    now: fc.integer({ min: 0, max: Date.parse('9999-12-31T00:00:00Z') }),
  })
  fc.assert(
    fc.property(cases, ({ host, port, user, region, now, ...given }) => {
      const { sessionToken, ...keys } = given
      const key = { ...keys, ...(sessionToken === undefined ? {} : { sessionToken }) }
      const endpoint = { engine: 'postgres', database: undefined, kind: undefined, via: undefined } as const
      const token = presign(rdsRequest({ ...endpoint, host, port, user, region }), key, now)
      admit(token, user, {
        service: 'rds-db',
        endpoint: { host, port },
        region,
        users: [user],
        findKey: () => key,
        now: () => now,
      })
      expect(token.length).toBeGreaterThan(0)
    }),
  )
})
