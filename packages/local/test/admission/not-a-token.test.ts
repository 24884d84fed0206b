import { expect, it } from 'vitest'
import { refusal, token, tokenOf } from '../support/admission.ts'

it.each([
  ['an ordinary password', 'hunter2 and more', 'its 16 characters do not begin with host:port/?'],
  ['nothing', '', 'its 0 characters do not begin'],
  ['a URL', `https://${token()}`, 'do not begin'],
  ['another path', token().replace('/?', '/x?'), 'do not begin'],
  ['a port of six digits', token({}, { host: 'localhost:543210' }), 'do not begin'],
  ['an unknown parameter', token({ Hunter2: 'x' }), 'its parameter no. 3 does not exist in tokens'],
  ['a parameter twice', `${token()}&Action=connect`, 'it has the parameter Action twice'],
  ['a parameter without a value', token({ DBUser: '' }), 'DBUser is missing or empty'],
  ['a parameter missing', token({ 'X-Amz-Expires': undefined }), 'X-Amz-Expires is missing'],
  [
    'another action',
    token({ Action: 'Connect' }),
    'its Action is not one of connect, DbConnect, DbConnectAdmin',
  ],
  ['no port', token({}, { host: 'localhost' }), 'do not begin with host:port/?'],
  ['an action of Aurora DSQL', token({ Action: 'DbConnect' }), 'tokens for Aurora DSQL have no port'],
  ['another algorithm', token({ 'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256' }), 'X-Amz-Algorithm is not'],
  [
    'more signed headers',
    token({ 'X-Amz-SignedHeaders': 'host;x-amz-date' }),
    'X-Amz-SignedHeaders is not host',
  ],
  ['a lifetime that is not a number', token({ 'X-Amz-Expires': '0900' }), 'not a number of seconds'],
  ['a negative life', token({ 'X-Amz-Expires': '-1' }), 'not a number of seconds'],
  ['a short credential', tokenOf('/us-east-1/rds-db/aws4_request', ''), 'X-Amz-Credential is not'],
  ['a long credential', tokenOf('request', 'request/x'), 'X-Amz-Credential is not'],
  ['a key ID with other characters', tokenOf('AKIA', 'AKIA '), 'X-Amz-Credential is not'],
  ['a day that differs from the date', token({ 'X-Amz-Date': '20260302T120000Z' }), 'have different days'],
  ['an invalid date', token({ 'X-Amz-Date': '20260301T240000Z' }), 'not a time of the form'],
  ['a 30th of February', token({ 'X-Amz-Date': '20260230T120000Z' }), 'not a time of the form'],
  ['a date in ISO form', token({ 'X-Amz-Date': '2026-03-01T12:00:00Z' }), 'not a time of the form'],
  ['lower-case escapes', token().replace('%2F', '%2f'), 'not escaped as RFC 3986 requires'],
  ['needless escapes', token().replace('jane_doe', 'jane%5Fdoe'), 'not escaped as RFC 3986 requires'],
  ['half an escape', token().replace('jane_doe', 'jane%'), 'not escaped as RFC 3986 requires'],
  ['escapes that are not UTF-8', token().replace('jane_doe', '%FF'), 'not escaped as RFC 3986 requires'],
  ['a second =', token().replace('jane_doe', 'jane=doe'), 'not escaped as RFC 3986 requires'],
  ['an upper-case signature', token().replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase()), 'lower-case hex'],
  ['a signature cut off', token().slice(0, -1), 'so it may be cut off'],
])('%s is not a token', (_name, password, detail) => {
  const refused = refusal(password)
  expect(refused.reason).toBe('not-a-token')
  expect(refused.message).toContain(detail)
  expect(refused.message.toLowerCase()).not.toContain('hunter2')
})
