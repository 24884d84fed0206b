import { describe, expect, it } from 'vitest'
import { admit } from '../../src/admission/admission.ts'
import { KEY, NOW, refusal, rules, token } from '../support/admission.ts'

const HOST = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws'
const DSQL = rules({ service: 'dsql', endpoint: { host: HOST, port: 5432 }, users: ['admin', 'jane_doe'] })
const SCOPE = `${KEY.accessKeyId}/20260301/us-east-1/dsql/aws4_request`

function dsqlToken(changes: Record<string, string | undefined> = {}, host = HOST): string {
  const own = { Action: 'DbConnect', DBUser: undefined, 'X-Amz-Credential': SCOPE }
  return token({ ...own, ...changes }, { host })
}

describe('a token for Aurora DSQL', () => {
  it('admits any user except admin', () => admit(dsqlToken(), 'jane_doe', DSQL))

  it('admits admin with a separate action', () =>
    admit(dsqlToken({ Action: 'DbConnectAdmin' }), 'admin', DSQL))

  it('may be valid for up to a week', () => {
    const week = dsqlToken({ 'X-Amz-Expires': '604800' })
    admit(week, 'jane_doe', { ...DSQL, now: () => NOW + 604_800_000 })
    expect(refusal(week, { ...DSQL, now: () => NOW + 604_800_001 }).reason).toBe('expired')
    const longer = refusal(dsqlToken({ 'X-Amz-Expires': '604801' }), DSQL)
    expect(longer.reason).toBe('expires-too-long')
  })

  it.each([
    [
      'wrong-action',
      'admin',
      dsqlToken(),
      "The token's action is DbConnect, but admin logs in with DbConnectAdmin.",
    ],
    [
      'wrong-action',
      'jane_doe',
      dsqlToken({ Action: 'DbConnectAdmin' }),
      "The token's action is DbConnectAdmin, but jane_doe logs in with DbConnect.",
    ],
    [
      'user-not-allowed',
      'john',
      dsqlToken(),
      'john is not one of the users who may log in: admin, jane_doe.',
    ],
    [
      'wrong-host',
      'jane_doe',
      dsqlToken({}, HOST.replace('4', '5')),
      "but this endpoint's is 4iabtwz7ezqwk5ugp6n2abcdef",
    ],
    [
      'wrong-region',
      'jane_doe',
      dsqlToken({ 'X-Amz-Credential': SCOPE.replace('us-east-1', 'us-east-2') }),
      'us-east-2',
    ],
    ['wrong-service', 'jane_doe', token({}, { host: `${HOST}:5432` }), "rds-db, but this endpoint's is dsql"],
    ['not-a-token', 'jane_doe', dsqlToken({}, `${HOST}:5432`), 'tokens for Aurora DSQL have no port'],
    ['not-a-token', 'jane_doe', dsqlToken({ DBUser: 'jane_doe' }), 'tokens for Aurora DSQL have no DBUser'],
    [
      'not-a-token',
      'jane_doe',
      token({ 'X-Amz-Credential': SCOPE }, { host: `${HOST}:5432` }),
      'its Action is not DbConnect',
    ],
  ] as const)('is refused as %s', (reason, user, password, detail) => {
    const refused = refusal(password, { ...DSQL, user })
    expect(refused.message).toContain(detail)
    expect(refused.reason).toBe(reason)
  })

  it('is refused by RDS', () => {
    expect(refusal(dsqlToken(), { endpoint: { host: HOST, port: 5432 } }).reason).toBe('wrong-service')
  })
})
