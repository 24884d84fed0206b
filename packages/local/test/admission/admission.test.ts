import { describe, expect, it } from 'vitest'
import { admit, type Seen } from '../../src/admission/admission.ts'
import { GOOD, KEY, NOW, refusal, rules, SESSION, token, tokenOf } from '../support/admission.ts'

describe('a token', () => {
  it('admits the user that it was signed for', () => {
    const seen: Seen = {}
    admit(token(), 'jane_doe', rules({ now: () => NOW + 5000 }), seen)
    expect(seen).toEqual({ keyId: 'AKIA…MPLE', tokenAgeMs: 5000 })
  })

  it('can be used more than once', () => {
    const again = token()
    for (let times = 0; times < 3; times += 1) admit(again, 'jane_doe', rules())
  })

  it('of a session must contain the session token', () => {
    const inSession = { 'X-Amz-Credential': `${SESSION.accessKeyId}/20260301/us-east-1/rds-db/aws4_request` }
    admit(token({ ...inSession, 'X-Amz-Security-Token': 'Fwo/Gz+=' }, { key: SESSION }), 'jane_doe', rules())
    for (const [sent, detail] of [
      [undefined, 'has a session token, but the token has none'],
      ['Fwo/Gz+', 'is not the one of the access key'],
    ] as const) {
      const refused = refusal(token({ ...inSession, 'X-Amz-Security-Token': sent }, { key: SESSION }))
      expect(refused.reason).toBe('wrong-session-token')
      expect(refused.message).toContain(detail)
    }
  })

  it('of a key without a session must not contain a session token', () => {
    admit(token(), 'jane_doe', rules({ findKey: () => ({ ...KEY, sessionToken: '' }) }))
    const refused = refusal(token({ 'X-Amz-Security-Token': 'Fwo' }))
    expect(refused.reason).toBe('wrong-session-token')
    expect(refused.message).toBe('The access key AKIA…MPLE has no session token, but the token has one.')
  })

  it('may claim less than 900 seconds, and expires after that time', () => {
    const minute = token({ 'X-Amz-Expires': '60' })
    admit(minute, 'jane_doe', rules({ now: () => NOW + 60_000 }))
    expect(refusal(minute, { now: () => NOW + 60_001 }).reason).toBe('expired')
  })
})

describe('the reason', () => {
  it.each([
    ['wrong-service', tokenOf('rds-db', 'dsql'), "service dsql, but this endpoint's is rds-db"],
    ['wrong-region', tokenOf('us-east-1', 'eu-west-1'), "region eu-west-1, but this endpoint's is us-east-1"],
    [
      'wrong-host',
      token({}, { host: 'db.example.com:5432' }),
      "host db.example.com, but this endpoint's is localhost",
    ],
    ['wrong-host', token({}, { host: 'LOCALHOST:5432' }), "host LOCALHOST, but this endpoint's is localhost"],
    ['wrong-port', token({}, { host: 'localhost:5433' }), "port 5433, but this endpoint's is 5432"],
    ['wrong-user', token({ DBUser: 'Jane_Doe' }), 'user Jane_Doe, but jane_doe is logging in'],
    ['expires-too-long', token({ 'X-Amz-Expires': '901' }), '901 s, but the limit is 900 s'],
    ['unknown-key', tokenOf('EXAMPLE', 'UNKNOWN'), 'access key AKIA…NOWN'],
    [
      'wrong-signature',
      token({}, { key: SESSION }),
      'not signed with the secret of the access key AKIA…MPLE',
    ],
    [
      'not-yet-valid',
      token({ 'X-Amz-Date': '20260301T120501Z' }),
      "301 s ahead of the gate's clock (2026-03-01T12:00:00.000Z). The limit is 300 s.",
    ],
    ['expired', token({ 'X-Amz-Date': '20260301T114459Z' }), 'it is 901 s old'],
  ] as const)('is %s', (reason, password, detail) => {
    const refused = refusal(password)
    expect(refused.reason).toBe(reason)
    expect(refused.message).toContain(detail)
  })

  it('is session-ended for a recent token of a session that has ended', () => {
    const expiration = new Date(NOW - 1000)
    const refused = refusal(token(), { findKey: () => ({ ...KEY, expiration }) })
    expect(refused.reason).toBe('session-ended')
    expect(refused.message).toContain('ended at 2026-03-01T11:59:59.000Z')
    const endingAt = (time: number) => ({ findKey: () => ({ ...KEY, expiration: new Date(time) }) })
    expect(refusal(token(), endingAt(NOW)).reason).toBe('session-ended')
    admit(token(), 'jane_doe', rules(endingAt(NOW + 1)))
  })

  it('is user-not-allowed for a good token of a user who may not log in', () => {
    expect(refusal(token({ DBUser: 'john' }), { user: 'john' }).message).toBe(
      'The token is good, but john is not one of the users who may log in: jane_doe.',
    )
  })

  it('is the first check that fails: contents of the token, key, session, signature, time, permission', () => {
    // Starts with every fault at once, then fixes one after another.
    const scope = (region: string, service: string, id = 'AKIAUNKNOWNUNKNOWN00'): string =>
      `${id}/20260301/${region}/${service}/aws4_request`
    const faults: Record<string, string> = {
      'X-Amz-Credential': scope('eu-west-1', 'dsql'),
      DBUser: 'john',
      'X-Amz-Expires': '901',
      'X-Amz-Date': '20260301T110000Z',
      'X-Amz-Security-Token': 'no',
    }
    const reasons: string[] = []
    const judge = (changes: Record<string, string>, host: string, key = SESSION): void => {
      const { 'X-Amz-Security-Token': sent, ...rest } = changes
      reasons.push(
        refusal(token({ ...rest, 'X-Amz-Security-Token': sent }, { host, key }), { users: [] }).reason,
      )
    }
    judge(faults, 'other:1')
    faults['X-Amz-Credential'] = scope('eu-west-1', 'rds-db')
    judge(faults, 'other:1')
    faults['X-Amz-Credential'] = scope('us-east-1', 'rds-db')
    judge(faults, 'other:1')
    judge(faults, 'localhost:1')
    judge(faults, 'localhost:5432')
    faults.DBUser = 'jane_doe'
    judge(faults, 'localhost:5432')
    faults['X-Amz-Expires'] = '900'
    judge(faults, 'localhost:5432')
    faults['X-Amz-Credential'] = GOOD['X-Amz-Credential']
    judge(faults, 'localhost:5432')
    delete faults['X-Amz-Security-Token']
    judge(faults, 'localhost:5432')
    judge(faults, 'localhost:5432', KEY)
    faults['X-Amz-Date'] = GOOD['X-Amz-Date']
    judge(faults, 'localhost:5432', KEY)
    expect(reasons).toEqual([
      'wrong-service',
      'wrong-region',
      'wrong-host',
      'wrong-port',
      'wrong-user',
      'expires-too-long',
      'unknown-key',
      'wrong-session-token',
      'wrong-signature',
      'expired',
      'user-not-allowed',
    ])
  })
})

describe('a detail', () => {
  it('shows no secret, no signature and no session token', () => {
    const wrong = { ...SESSION, sessionToken: 'its own session token' }
    const inSession = { 'X-Amz-Credential': `${SESSION.accessKeyId}/20260301/us-east-1/rds-db/aws4_request` }
    const password = token({ ...inSession, 'X-Amz-Security-Token': 'a stray session token' }, { key: wrong })
    const { message } = refusal(password, { findKey: () => wrong })
    for (const secret of [
      'its own',
      'a stray',
      password.slice(-64),
      wrong.secretAccessKey,
      wrong.accessKeyId,
    ]) {
      expect(message).not.toContain(secret)
    }
  })

  it('shows what a client sent without control characters, and cut to a length', () => {
    const nasty = `\u001b[31m\n\u202e${'x'.repeat(500)}`
    const { message } = refusal(token({ DBUser: nasty }))
    expect(message).toContain('\\u{1b}[31m\\u{a}\\u{202e}xxx')
    expect(message.length).toBeLessThan(300)
  })
})

it('a clock that returns an invalid time admits no one', () => {
  expect(refusal(token(), { now: () => Number.NaN }).reason).toBe('not-yet-valid')
})
