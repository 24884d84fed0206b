import { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { assertVerified } from '../../src/connect/verify.ts'
import { createTokenSource } from '../../src/index.ts'

const { endpoint } = createTokenSource({
  engine: 'mysql',
  host: 'db.abc.eu-central-1.rds.amazonaws.com',
  user: 'jane_doe',
})

/** A trusted connection that resumes an earlier session. Such a connection may have no certificate, or any. */
const resumed: TLSSocket = Object.create(TLSSocket.prototype, {
  encrypted: { value: true },
  authorized: { value: true },
  isSessionReused: { value: () => true },
  getPeerCertificate: {
    value: () => ({ subject: { CN: 'other.example' }, subjectaltname: 'DNS:other.example' }),
  },
})

it('trusts a resumed session only if its first handshake was checked for the same name', () => {
  expect(() => assertVerified(resumed, endpoint, false, endpoint.host)).not.toThrow()
  for (const name of [undefined, 'other.example'])
    expect(() => assertVerified(resumed, endpoint, false, name)).toThrow(/is for another server/)
})
