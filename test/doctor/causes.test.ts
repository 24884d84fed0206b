import { describe, expect, it } from 'vitest'
import { causesOf, logOfReasons } from '../../packages/cli/src/doctor/causes/index.ts'
import type { Findings } from '../../packages/cli/src/doctor/examination.ts'
import {
  caseOf,
  commands,
  failed,
  found,
  HOST,
  offline,
  ok,
  ranked,
  skipped,
} from '../support/doctor-cases.ts'

describe('the causes of a login that RDS rejected without a reason', () => {
  it('are few if everything else is proven good', () => {
    expect(ranked(causesOf(caseOf({})))).toEqual(['policy likely', 'iam-disabled possible'])
  })

  it('are more if AWS could not be asked', () => {
    const key = { temporary: false, endsAt: undefined, keyId: 'AKIA…MPLE' }
    expect(ranked(causesOf(caseOf({ clock: skipped, credentials: offline(key) })))).toEqual([
      'policy likely',
      'iam-disabled possible',
      'key possible',
      'clock possible',
    ])
  })

  it('start with the session, if it is unknown whether it has ended', () => {
    const pasted = { source: 'environment', endsAt: undefined } as const
    expect(ranked(causesOf(caseOf({ credentials: offline(pasted) })))).toEqual([
      'session likely',
      'policy likely',
      'iam-disabled possible',
    ])
    // The source says when the session ends, and it hasn't ended yet.
    expect(ranked(causesOf(caseOf({ credentials: offline({}) })))[0]).toBe('policy likely')
  })

  it('start with the host, if it is not the name of an RDS endpoint', () => {
    const region = ok({
      ...found.region,
      origin: { from: 'environment', name: 'AWS_REGION' } as const,
      kind: undefined,
    })
    const subject = { host: 'db.corp.example' }
    const tls = ok({ ...found.tls, names: ['db.corp.example'] })
    expect(ranked(causesOf(caseOf({ region, tls }, subject)))).toEqual([
      'host likely',
      'policy likely',
      'region possible',
      'iam-disabled possible',
    ])
    expect(ranked(causesOf(caseOf({ region }, subject)))).toEqual(['host proven'])
  })

  it('leave out the rest once one is proven', () => {
    expect(ranked(causesOf(caseOf({ clock: ok({ ...found.clock, aheadMs: 400_000 }) })))).toEqual([
      'clock proven',
    ])
  })

  it('include a clock that is off by less than RDS tolerates as possible', () => {
    const causes = causesOf(caseOf({ clock: failed('clock', '', { ...found.clock, aheadMs: -120_000 }) }))
    expect(ranked(causes)).toEqual(['policy likely', 'clock possible', 'iam-disabled possible'])
  })

  it('include the port, if a tunnel is used and no port is given', () => {
    const options = (from: 'default' | 'url') =>
      ok({ problems: [], values: [{ name: 'port', value: '5432', origin: { from } }] })
    const tunnel = { via: 'localhost:15432' }
    expect(ranked(causesOf(caseOf({ options: options('default') }, tunnel)))).toEqual([
      'policy likely',
      'port possible',
      'iam-disabled possible',
    ])
    expect(ranked(causesOf(caseOf({ options: options('url') }, tunnel)))).not.toContain('port possible')
    expect(ranked(causesOf(caseOf({ options: options('default') })))).not.toContain('port possible')
  })

  it('are reported only by a local RDS itself', () => {
    const tls = { ...found.tls, issuers: ['rds-iam local root 4c619eee'] }
    const names = ['localhost', '127.0.0.1', '::1']
    const region = ok({ ...found.region, origin: { from: 'environment', name: 'AWS_REGION' } as const })
    const given = caseOf({ region, tls: ok({ ...tls, names }) }, { host: 'localhost' })
    expect(ranked(causesOf(given))).toEqual(['local proven'])
    expect(logOfReasons(given, causesOf(given))).toEqual([])
    // A local RDS that simulates an RDS endpoint is treated like one.
    expect(ranked(causesOf(caseOf({ tls: ok({ ...tls, names: [HOST, ...names] }) })))[0]).toBe(
      'policy likely',
    )
  })

  it('include the proxy itself', () => {
    const proxy = { host: 'orders.proxy-c9akciq32rgh.us-east-1.rds.amazonaws.com' }
    expect(ranked(causesOf(caseOf({}, proxy)))).toEqual(['policy likely', 'proxy likely'])
    const words =
      'This RDS Proxy has no credentials for the role jane_doe. Check the credentials for this role.'
    expect(ranked(causesOf(caseOf({ login: failed('28000', words, found.login) }, proxy)))).toEqual([
      'proxy proven',
    ])
  })
})

describe('the causes of a login that failed earlier', () => {
  it.each([
    [
      'ERR_RDS_IAM_CREDENTIALS_TIMEOUT',
      'AWS credentials did not resolve within 10000 ms',
      'credentials-timeout',
    ],
    ['ERR_RDS_IAM_CREDENTIALS', 'The SSO session associated with this profile has expired.', 'session'],
    ['ERR_RDS_IAM_CREDENTIALS', 'Could not load credentials from any providers.', 'credentials'],
    ['AssumeRole:ExpiredToken', 'The security token included in the request is expired', 'session'],
    ['AssumeRole:ExpiredTokenException', 'Token expired: current date/time must be before', 'session'],
    ['AssumeRole:InvalidClientTokenId', 'The security token included in the request is invalid.', 'key'],
    ['AssumeRole:SignatureDoesNotMatch', 'The request signature we calculated does not match', 'secret'],
    ['AssumeRole:AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 'role'],
    ['AssumeRole:InvalidIdentityToken', 'No OpenIDConnect provider found in your account', 'role'],
  ])('include %s: %s', (code, message, id) => {
    const given = caseOf(
      { credentials: failed(code, message), token: skipped, login: skipped },
      { profile: 'prod' },
    )
    const causes = causesOf(given)
    expect(causes.map((cause) => cause.id)).toEqual([id])
    expect(causes[0]?.because).toContain(message)
    if (id === 'session') expect(commands(causes)).toContain('aws sso login --profile prod')
  })

  it.each([
    ['error', 'timeout expired'],
    ['ETIMEDOUT', 'connect ETIMEDOUT'],
  ])('recognize a server that does not answer the login: %s %s', (code, message) => {
    expect(ranked(causesOf(caseOf({ login: failed(code, message, found.login) })))).toEqual(['silent proven'])
  })

  it('include the region from the certificate if none is given', () => {
    const region = failed<Findings['region']>('ERR_RDS_IAM_OPTIONS', 'unknown, see options')
    const tls = failed('untrusted', '', { ...found.tls, root: undefined })
    expect(causesOf(caseOf({ region, tls, login: skipped }))[0]).toMatchObject({
      id: 'region',
      cures: [{ text: 'write --region us-east-1' }],
    })
  })

  it('are none once the login succeeded', () => {
    expect(causesOf(caseOf({ login: ok(found.login), clock: ok({ ...found.clock, aheadMs: 4e6 }) }))).toEqual(
      [],
    )
  })
})
