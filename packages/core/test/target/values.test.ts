import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ipVersion } from '../../src/target/values.ts'

it.each([
  '10.0.0.7',
  '::1',
  'fe80::1%eth0',
  '::ffff:10.0.0.7',
  'db.example.com',
  'abc.de',
  'fade',
  '10.0.0.777',
  '',
])('tells whether %j is an address', (host) => {
  expect(ipVersion(host)).toBe(isIP(host))
})

it('agrees with Node about any text', () => {
  const hosts = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.ipV6(),
    fc.domain(),
    fc.ipV6().map((ip) => `${ip}%zone1`),
  )
  fc.assert(fc.property(hosts, (host) => ipVersion(host) === isIP(host)))
})
