import type { Origin } from '@rds-iam/core'
import { describe, expect, it } from 'vitest'
import { caseOf, failed, found, HOST, ok, skipped } from '../../../../test/support/doctor-cases.ts'
import { type Cause, causesOf } from '../../src/doctor/causes/index.ts'
import type { Findings } from '../../src/doctor/examination.ts'
import { endText, type Page } from '../../src/doctor/render/page.ts'
import { failedLines, linesOf } from '../../src/doctor/render/step-lines.ts'

const page: Page = { color: false, width: 100 }

const said = (values: Readonly<Record<string, string>>, origin: Origin): Findings['options'] => ({
  values: Object.entries(values).map(([name, value]) => ({ name, value, origin })),
  problems: [],
})
const TARGET = { engine: 'postgres', host: HOST, port: '5432', user: 'jane_doe', database: 'app' }

describe('the options', () => {
  it('are shown as a URL, with the origin of each part', () => {
    const { values } = said(TARGET, { from: 'url', name: 'DATABASE_URL' })
    const via = said({ via: 'localhost:15432' }, { from: 'environment', name: 'RDS_IAM_VIA' }).values
    expect(linesOf.options({ values: [...values, ...via], problems: [] })).toEqual([
      `postgres://jane_doe@${HOST}:5432/app`,
      'via localhost:15432',
      'DATABASE_URL: engine host port user database · RDS_IAM_VIA: via',
    ])
  })

  it('have brackets around an IPv6 address, and nothing for a missing database', () => {
    const { database: _, ...others } = TARGET
    const [url] = linesOf.options(said({ ...others, host: '2600:1f18::17' }, { from: 'option' }))
    expect(url).toBe('postgres://jane_doe@[2600:1f18::17]:5432/')
  })

  it('have a question mark for each missing part', () => {
    const { values } = said({ host: HOST }, { from: 'option' })
    expect(
      failedLines('options', { code: 'ERR_RDS_IAM_OPTIONS', message: '' }, { values, problems: [] }),
    ).toEqual(['wrong or missing, see below', `?://?@${HOST}:?/`, 'flags: host'])
  })

  it.each<[Origin, string]>([
    [{ from: 'option' }, 'flags'],
    [{ from: 'url' }, 'URL'],
    [{ from: 'url', name: 'DATABASE_URL' }, 'DATABASE_URL'],
    [{ from: 'environment', name: 'PGUSER' }, 'PGUSER'],
    [{ from: 'profile', name: 'prod' }, 'profile prod'],
    [{ from: 'host' }, 'the host name'],
    [{ from: 'port' }, 'port'],
    [{ from: 'driver' }, 'driver'],
    [{ from: 'default' }, 'default'],
  ])('show where a value comes from: %o', (origin, words) => {
    expect(linesOf.options(said({ user: 'jane_doe' }, origin)).at(-1)).toBe(`${words}: user`)
  })
})

describe('a step', () => {
  it('shows a region, its origin, and the kind of endpoint', () => {
    const region = {
      region: 'cn-north-1',
      origin: { from: 'profile', name: 'prod' },
      partition: 'aws-cn',
    } as const
    expect(linesOf.region({ ...region, kind: 'writer' })).toEqual([
      "cn-north-1, from profile prod; a cluster's writer, in aws-cn",
    ])
    expect(linesOf.region({ ...found.region, origin: { from: 'option' }, kind: undefined })).toEqual([
      'us-east-1, from flags; the host name is not that of an RDS endpoint',
    ])
  })

  it('shows a name that is an address, and one with aliases', () => {
    expect(linesOf.dns({ name: '10.0.3.17', addresses: ['10.0.3.17'], cnames: [] })).toEqual([
      '10.0.3.17 is an address',
    ])
    expect(
      linesOf.dns({ name: 'db.corp.example', addresses: ['10.0.3.17', '10.0.3.18'], cnames: [HOST] }),
    ).toEqual(['10.0.3.17, 10.0.3.18', `alias of ${HOST}`])
  })

  it('shows who signed a certificate, and where the root comes from', () => {
    const { tls } = found
    const period = 'for the host name, valid until 2027-03-01'
    const root = 'Amazon RDS us-east-1 Root CA RSA2048 G1'
    expect(linesOf.tls(tls)).toEqual([`TLSv1.3, signed by ${root} (bundled)`, period])
    const own = { name: 'Corp Root', from: 'ssl.ca' } as const
    expect(linesOf.tls({ ...tls, root: own })).toEqual(['TLSv1.3, signed by Corp Root (ssl.ca)', period])
    expect(linesOf.tls({ ...tls, root: undefined, names: ['a.example', 'b.example'] })).toEqual([
      `TLSv1.3, signed by ${root}`,
      'for a.example, b.example, valid until 2027-03-01',
    ])
  })

  it.each([
    [200, 'agrees with sts.us-east-1.amazonaws.com'],
    [-40_000, '40 s behind sts.us-east-1.amazonaws.com'],
  ])('shows a clock: %i ms', (aheadMs, words) => {
    expect(linesOf.clock({ ...found.clock, aheadMs })).toEqual([words])
  })

  const { credentials } = found
  const known = 'arn:aws:sts::123456789012:assumed-role/orders-api/i-0abc'
  const refused = { status: 'refused', code: 'ExpiredToken', message: 'The token is expired' } as const
  it.each<[string, Partial<Findings['credentials']>, string[]]>([
    ['of a session', {}, ['ASIA…4XQP from EC2 metadata service, temporary, until 06:00:00Z', known]],
    [
      'of a session with an unknown expiry',
      { source: 'environment', endsAt: undefined },
      ['ASIA…4XQP from environment variables, temporary, expiry unknown', known],
    ],
    [
      'that were given',
      { source: undefined, temporary: false, endsAt: undefined },
      ['ASIA…4XQP from the credentials option, not temporary', known],
    ],
    [
      'that STS refuses',
      { caller: refused },
      [
        'ASIA…4XQP from EC2 metadata service, temporary, until 06:00:00Z',
        'STS: The token is expired (ExpiredToken)',
      ],
    ],
    [
      'that STS could not be asked about',
      { caller: { status: 'unknown', why: 'ENOTFOUND' } },
      [
        'ASIA…4XQP from EC2 metadata service, temporary, until 06:00:00Z',
        "STS can't say who owns them (ENOTFOUND)",
      ],
    ],
  ])('shows credentials %s', (_, more, lines) => {
    expect(linesOf.credentials({ ...credentials, ...more })).toEqual(lines)
  })

  it('shows what a token is for, and how long it is valid', () => {
    const { token } = found
    expect(linesOf.token(token)).toEqual([
      `jane_doe at ${HOST}:5432, us-east-1`,
      '00:00:00Z to 00:15:00Z (15 min), signed with ASIA…4XQP, 1234 characters',
    ])
    expect(linesOf.token({ ...token, host: '2600:1f18::17', endsAt: '2026-01-01T00:04:30.000Z' })).toEqual([
      'jane_doe at [2600:1f18::17]:5432, us-east-1',
      '00:00:00Z to 00:04:30Z (4.5 min, until its credentials expire), signed with ASIA…4XQP, 1234 characters',
    ])
  })

  it('shows where the driver comes from', () => {
    expect(linesOf.login(found.login)).toEqual(['pg 8.23.1, from this project'])
    expect(linesOf.login({ ...found.login, ofProject: false })).toEqual(['pg 8.23.1, from rds-iam'])
  })

  it('shows a session, also without a database and TLS', () => {
    expect(linesOf.session(found.session)).toEqual(['jane_doe on PostgreSQL 17.4, database app', 'TLSv1.3'])
    expect(linesOf.session({ ...found.session, database: undefined, tls: undefined })).toEqual([
      'jane_doe on PostgreSQL 17.4',
      'TLS ends at a proxy in front of the server',
    ])
  })
})

describe('a step that failed', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 10.0.3.17:5432', 'connect ECONNREFUSED 10.0.3.17:5432'],
    ['28P01', 'password authentication failed', 'password authentication failed (28P01)'],
    ['untrusted', 'its certificate is not trusted', 'its certificate is not trusted'],
    ['ERR_RDS_IAM_CREDENTIALS', 'No AWS credentials', 'No AWS credentials'],
  ])('shows its code unless the message is enough: %s', (code, message, line) => {
    expect(failedLines('tcp', { code, message }, undefined)).toEqual([line])
  })

  it('shows what it found before it failed', () => {
    const fault = { code: 'clock', message: 'this machine is 61 min behind AWS' }
    const clock = { ...found.clock, aheadMs: -61 * 60_000 }
    expect(failedLines('clock', fault, clock)).toEqual(['61 min behind sts.us-east-1.amazonaws.com'])
    expect(
      failedLines('login', { code: '28000', message: 'PAM authentication failed' }, found.login),
    ).toEqual(['PAM authentication failed (28000)', 'pg 8.23.1, from this project'])
  })
})

describe('the end', () => {
  const end = (given: ReturnType<typeof caseOf>, log: readonly string[] = []): string =>
    endText(given.steps, causesOf(given), log, page)

  it('reports success, with a warning if a step failed that the login did not need', () => {
    const login = ok(found.login)
    expect(end(caseOf({ login }))).toBe('The login succeeded.')
    expect(end(caseOf({ login, session: failed('timeout', 'no answer within 5 s') }))).toBe(
      'The login succeeded. But check the steps marked ✗: a later login may fail.',
    )
  })

  it('reports failure without a login, even if no cause is known', () => {
    const { steps } = caseOf({ login: failed('XX000', 'an internal error') })
    expect(endText(steps, [], [], page)).toMatch(/^The login failed\./)
  })

  it('counts the causes if several are proven', () => {
    const problems = [
      { option: '--user', seen: 'is missing', instead: 'write the database user' },
      { option: '--port', seen: '0 is not a port', instead: 'write a whole number from 1 to 65535' },
    ]
    const options = failed('ERR_RDS_IAM_OPTIONS', '', { values: [], problems })
    expect(end(caseOf({ options, login: skipped })).split('\n\n')).toEqual([
      'The login failed. 2 causes:',
      '  1. --user is missing\n     → write the database user',
      '  2. --port 0 is not a port\n     → write a whole number from 1 to 65535',
    ])
  })

  it('shows the evidence and certainty of each cause, and where RDS logs the reason', () => {
    const text = end(caseOf({}), ['aws logs tail x'])
    expect(text).toMatch(
      /^The login failed\. Possible causes, the most likely first:\n\n {2}1\. No policy .* \(likely\)\n/,
    )
    expect(text).toMatch(
      / {2}2\. IAM authentication .* \(possible\)\n {5}if so, describe-db-instances prints /,
    )
    expect(text).toMatch(
      /\n\nRDS can log the reason\. Enable the log, log in again, and read it:\n {5}\$ aws logs tail x$/,
    )
  })

  it('breaks titles between words, but never breaks a command', () => {
    const text = 'aws rds describe-db-instances --db-instance-identifier orders --region us-east-1'
    const cures = [
      { kind: 'sh', text },
      { kind: 'do', text: 'then look at what it says of the port, and compare' },
    ] as const
    const cause: Cause = {
      id: 'port',
      certainty: 'proven',
      title: 'Nothing listens at orders.example:5432',
      cures,
    }
    const narrow = { color: false, width: 30 }
    expect(endText(caseOf({}).steps, [cause], [], narrow).split('\n').slice(2)).toEqual([
      '  1. Nothing listens at',
      '     orders.example:5432',
      `     $ ${text}`,
      '     → then look at what it',
      '       says of the port, and',
      '       compare',
    ])
  })
})
