import { describe, expect, it } from 'vitest'
import { type Case, type Cause, causesOf, logOfReasons } from '../packages/cli/src/doctor/causes/index.ts'
import type { Findings, Outcome } from '../packages/cli/src/doctor/examination.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'

const found: Findings = {
  options: { values: [], problems: [] },
  region: { region: 'us-east-1', origin: { from: 'host' }, partition: 'aws', kind: 'instance' },
  dns: { name: HOST, addresses: ['10.0.3.17'], cnames: [] },
  tcp: { address: '10.0.3.17:5432' },
  tls: {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    expected: HOST,
    names: [HOST],
    validUntil: '2027-03-01T00:00:00.000Z',
    issuers: [
      'Amazon RDS us-east-1 Subordinate CA RSA2048 G1.A.2',
      'Amazon RDS us-east-1 Root CA RSA2048 G1',
    ],
    root: { name: 'Amazon RDS us-east-1 Root CA RSA2048 G1', from: 'bundle' },
  },
  clock: { source: 'sts.us-east-1.amazonaws.com', aheadMs: 200 },
  credentials: {
    keyId: 'ASIA…4XQP',
    source: 'EC2 metadata service',
    temporary: true,
    endsAt: '2026-01-01T06:00:00.000Z',
    caller: {
      status: 'known',
      account: '123456789012',
      arn: 'arn:aws:sts::123456789012:assumed-role/orders-api/i-0abc',
    },
  },
  token: {
    host: HOST,
    port: 5432,
    user: 'jane_doe',
    region: 'us-east-1',
    keyId: 'ASIA…4XQP',
    signedAt: '2026-01-01T00:00:00.000Z',
    endsAt: '2026-01-01T00:15:00.000Z',
    length: 1234,
  },
  login: { driver: 'pg 8.23.1', ofProject: true, tokenSent: true },
  session: { user: 'jane_doe', database: 'app', version: 'PostgreSQL 17.4', tls: 'TLSv1.3' },
}

const ok = <F>(value: F): Outcome<F> => ({ status: 'ok', ms: 1, found: value })
const failed = <F>(code: string, message: string, value?: F): Outcome<F> => ({
  status: 'failed',
  ms: 1,
  fault: { code, message },
  ...(value === undefined ? {} : { found: value }),
})
const skipped = { status: 'skipped', why: 'not now' } as const

const PAM = failed('28000', 'PAM authentication failed for user "jane_doe"', found.login)

/** A login that PAM rejected, where every other step was good, but for what is said. */
function caseOf(steps: Partial<Case['steps']>, subject: Partial<Case['subject']> = {}): Case {
  return {
    subject: {
      engine: 'postgres',
      host: HOST,
      port: 5432,
      user: 'jane_doe',
      database: 'app',
      via: undefined,
      cname: false,
      profile: undefined,
      ...subject,
    },
    steps: {
      options: ok(found.options),
      region: ok(found.region),
      dns: ok(found.dns),
      tcp: ok(found.tcp),
      tls: ok(found.tls),
      clock: ok(found.clock),
      credentials: ok(found.credentials),
      token: ok(found.token),
      login: PAM,
      session: skipped,
      ...steps,
    },
  }
}

const ranked = (causes: readonly Cause[]): string[] => causes.map(({ id, certainty }) => `${id} ${certainty}`)
const commands = (causes: readonly Cause[]): string[] =>
  causes.flatMap(({ cures }) => cures.map(({ text }) => text))
const offline = (credentials: Partial<Findings['credentials']>) =>
  ok({ ...found.credentials, ...credentials, caller: { status: 'unknown' as const, why: 'ENOTFOUND' } })

describe('the causes of a login that RDS rejected without a word', () => {
  it('are few where all else is proven good', () => {
    expect(ranked(causesOf(caseOf({})))).toEqual(['policy likely', 'iam-disabled possible'])
  })

  it('are more where AWS could not be asked', () => {
    const key = { temporary: false, endsAt: undefined, keyId: 'AKIA…MPLE' }
    expect(ranked(causesOf(caseOf({ clock: skipped, credentials: offline(key) })))).toEqual([
      'policy likely',
      'iam-disabled possible',
      'key possible',
      'clock possible',
    ])
  })

  it('begin with the session, where nothing tells whether it still lives', () => {
    const pasted = { source: 'environment variables', endsAt: undefined }
    expect(ranked(causesOf(caseOf({ credentials: offline(pasted) })))[0]).toBe('session likely')
    // Its source told when it ends, and that is not yet.
    expect(ranked(causesOf(caseOf({ credentials: offline({}) })))[0]).toBe('policy likely')
  })

  it('begin with the host, where that is not the name of an RDS endpoint', () => {
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

  it('count a clock that is off by less than RDS minds among the possible ones', () => {
    const causes = causesOf(caseOf({ clock: failed('clock', '', { ...found.clock, aheadMs: -120_000 }) }))
    expect(ranked(causes)).toEqual(['policy likely', 'clock possible', 'iam-disabled possible'])
  })

  it("tell of a proxy that it may be the proxy's own doing", () => {
    const proxy = { host: 'orders.proxy-c9akciq32rgh.us-east-1.rds.amazonaws.com' }
    expect(ranked(causesOf(caseOf({}, proxy)))).toEqual(['policy likely', 'proxy likely'])
    const words =
      'This RDS Proxy has no credentials for the role jane_doe. Check the credentials for this role.'
    expect(ranked(causesOf(caseOf({ login: failed('28000', words, found.login) }, proxy)))).toEqual([
      'proxy proven',
    ])
  })

  it('are told with commands that fit the endpoint, the user and the profile', () => {
    const cluster = { host: 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com', profile: "jane's" }
    const given = caseOf({}, cluster)
    expect(commands(causesOf(given))).toEqual([
      "aws rds describe-db-clusters --db-cluster-identifier orders --query 'DBClusters[].{resource:DbClusterResourceId,iam:IAMDatabaseAuthenticationEnabled}' --region us-east-1 --profile 'jane'\\''s'",
      "aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::123456789012:role/orders-api --action-names rds-db:connect --resource-arns arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-…/jane_doe --profile 'jane'\\''s'",
      'rds-iam setup postgres://jane_doe@orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com:5432 --account 123456789012 --resource-id cluster-…',
      "aws rds modify-db-cluster --db-cluster-identifier orders --enable-iam-database-authentication --apply-immediately --region us-east-1 --profile 'jane'\\''s'",
    ])
    expect(logOfReasons(given, causesOf(given))[1]).toMatch(
      /^aws logs tail \/aws\/rds\/cluster\/orders\/iam-db-auth-error /,
    )
  })
})

describe('the causes of a login that did not come so far', () => {
  it('tell a private address from a firewall', () => {
    const tcp = failed<Findings['tcp']>('timeout', 'no answer within 5 s')
    const login = skipped
    const [inside] = causesOf(caseOf({ tcp, login }))
    expect(inside).toMatchObject({
      id: 'unreachable',
      because: expect.stringContaining('10.0.3.17 is a private'),
    })
    expect(commands(inside ? [inside] : [])[0]).toBe(`ssh -N -L 15432:${HOST}:5432 BASTION`)
    const dns = ok({ ...found.dns, addresses: ['3.120.0.1'] })
    expect(causesOf(caseOf({ dns, tcp, login }))[0]).toMatchObject({
      id: 'unreachable',
      because: expect.stringContaining('security group'),
    })
  })

  it.each([
    [
      'ERR_RDS_IAM_CREDENTIALS_TIMEOUT',
      'AWS credentials did not resolve within 10000 ms',
      'credentials-timeout',
    ],
    ['ERR_RDS_IAM_CREDENTIALS', 'The SSO session associated with this profile has expired.', 'session'],
    ['ERR_RDS_IAM_CREDENTIALS', 'Could not load credentials from any providers.', 'credentials'],
  ])('tell %s: %s', (code, message, id) => {
    const given = caseOf(
      { credentials: failed(code, message), token: skipped, login: skipped },
      { profile: 'prod' },
    )
    const causes = causesOf(given)
    expect(causes.map((cause) => cause.id)).toEqual([id])
    if (id === 'session') expect(commands(causes)).toContain('aws sso login --profile prod')
  })

  it.each([
    ['1129', 'Host 10.0.0.7 is blocked because of many connection errors', 'blocked'],
    ['1040', 'Too many connections', 'connections'],
  ])('know what MySQL says in place of a greeting: %s %s', (code, message, id) => {
    const tls = failed<Findings['tls']>(code, message)
    expect(causesOf(caseOf({ tls, login: skipped }, { engine: 'mysql' }))[0]?.id).toBe(id)
  })

  it.each([
    ['error', 'timeout expired'],
    ['ETIMEDOUT', 'connect ETIMEDOUT'],
  ])('know a server that does not answer the login: %s %s', (code, message) => {
    expect(ranked(causesOf(caseOf({ login: failed(code, message, found.login) })))).toEqual(['silent proven'])
  })

  it('tell the region by the certificate, where nobody says it', () => {
    const region = failed<Findings['region']>('ERR_RDS_IAM_OPTIONS', 'unknown: see options')
    const tls = failed('untrusted', '', { ...found.tls, root: undefined })
    expect(causesOf(caseOf({ region, tls, login: skipped }))[0]).toMatchObject({
      id: 'region',
      cures: [{ text: 'region: us-east-1' }],
    })
  })

  it('are the words of what failed, where no cause is known', () => {
    const [cause] = causesOf(caseOf({ login: failed('XX000', 'something new') }))
    expect(cause).toMatchObject({ id: 'unknown', title: 'something new (XX000)' })
  })

  it('are none once the login succeeded', () => {
    expect(causesOf(caseOf({ login: ok(found.login), clock: ok({ ...found.clock, aheadMs: 4e6 }) }))).toEqual(
      [],
    )
  })
})
