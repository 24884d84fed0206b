import { expect, it } from 'vitest'
import { createTokenSource } from '../../src/index.ts'
import { loginFacts } from '../../src/token/diagnostics.ts'

it.each([
  ['db.abc.eu-central-1.rds.amazonaws.com', 'db.abc.eu-central-1.rds.amazonaws.com:5432'],
  ['10.0.0.7', '10.0.0.7:5432'],
  ['2001:DB8::7', '[2001:db8::7]:5432'],
  ['fe80::1%eth0', '[fe80::1%eth0]:5432'],
])('events contain the endpoint %s as %s', (host, endpoint) => {
  const source = createTokenSource({ engine: 'postgres', host, user: 'jane_doe', region: 'eu-central-1' })
  expect(loginFacts(source.endpoint)).toEqual({ endpoint, user: 'jane_doe', region: 'eu-central-1' })
})
