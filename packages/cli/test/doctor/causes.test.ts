import type { CredentialSource } from '@rds-iam/core'
import { describe, expect, it } from 'vitest'
import {
  caseOf,
  commands,
  failed,
  found,
  HOST,
  ok,
  ranked,
  skipped,
} from '../../../../test/support/doctor-cases.ts'
import { type Case, type Cause, causesOf } from '../../src/doctor/causes/index.ts'
import type { Findings } from '../../src/doctor/examination.ts'

const SOCKET = '/run/tunnel/.s.PGSQL.5432'
const OWN = 'db.corp.example'
const environment = { from: 'environment', name: 'AWS_REGION' } as const

const first = (given: Case): Cause | undefined => causesOf(given)[0]
const caller = (arn: string) =>
  ok({ ...found.credentials, caller: { status: 'known' as const, account: '123456789012', arn } })
const refused = (code: string, message: string, more: Partial<Findings['credentials']> = {}) =>
  failed(code, message, {
    ...found.credentials,
    ...more,
    caller: { status: 'refused' as const, code, message },
  })

describe('through a socket, without a DNS lookup,', () => {
  const region = ok({ ...found.region, origin: environment, kind: undefined })
  const steps = { dns: skipped, region }

  it('the certificate shows the endpoint to sign for', () => {
    const cause = first(caseOf(steps, { host: 'localhost', via: SOCKET }))
    expect(cause?.because).toBe(`the server's certificate is for ${HOST}`)
    expect(cause?.cures).toEqual([{ kind: 'do', text: `write --host ${HOST} --via ${SOCKET}` }])
  })

  it('the certificate shows the region', () => {
    const elsewhere = ok({ ...found.region, region: 'eu-west-1', origin: environment })
    const causes = causesOf(caseOf({ dns: skipped, region: elsewhere }, { via: SOCKET }))
    expect(causes.map(({ title }) => title)).toEqual([
      'The endpoint is in us-east-1, not in eu-west-1 (from AWS_REGION)',
    ])
  })

  it('the endpoint stays unknown if the name is not an RDS name', () => {
    const tls = ok({ ...found.tls, names: [OWN] })
    const cause = first(caseOf({ ...steps, tls }, { host: OWN, via: SOCKET }))
    expect(cause).toMatchObject({ id: 'host', certainty: 'likely' })
    expect(commands(cause ? [cause] : [])[0]).toContain('aws rds describe-db-instances --query')
  })
})

describe('the region', () => {
  it.each([
    [environment, ' (from AWS_REGION)'],
    [{ from: 'profile', name: 'prod' } as const, ' (from the profile prod)'],
    [{ from: 'option' } as const, ''],
  ])('that is wrong is reported with its origin: %o', (origin, source) => {
    const region = ok({ ...found.region, region: 'eu-west-1', origin, kind: undefined })
    expect(first(caseOf({ region }))?.title).toBe(`The endpoint is in us-east-1, not in eu-west-1${source}`)
  })

  it('is known from an alias of an endpoint in another region', () => {
    const region = ok({ ...found.region, region: 'eu-west-1', origin: environment, kind: undefined })
    const dns = ok({ ...found.dns, cnames: [HOST] })
    const token = failed<Findings['token']>('ERR_RDS_IAM_ALIAS', `${OWN} is an alias of ${HOST}`)
    const cause = first(caseOf({ region, dns, token, login: skipped }, { host: OWN, cname: true }))
    expect(cause).toMatchObject({ id: 'region', because: `${OWN} is an alias of ${HOST}` })
  })

  it('is not guessed from a certificate of another server', () => {
    const problems = [{ option: '--region', seen: 'is missing', instead: 'write --region' }]
    const options = failed('ERR_RDS_IAM_OPTIONS', '', { values: [], problems })
    const region = failed<Findings['region']>('ERR_RDS_IAM_OPTIONS', 'unknown, see options')
    const tls = failed('untrusted', '', { ...found.tls, issuers: ['Corp Root'], root: undefined })
    const causes = causesOf(caseOf({ options, region, tls, login: skipped }, { host: OWN }))
    expect(causes.map(({ title }) => title)).toEqual(['--region is missing'])
  })

  it('is left out of commands while it is unknown', () => {
    const region = failed<Findings['region']>('ERR_RDS_IAM_OPTIONS', 'unknown, see options')
    const tls = failed<Findings['tls']>('timeout', 'no answer within 6 s')
    expect(commands(causesOf(caseOf({ region, tls, login: skipped }, { host: OWN })))).toEqual([
      "aws rds describe-db-instances --query 'DBInstances[].{status:DBInstanceStatus,port:Endpoint.Port,public:PubliclyAccessible,id:DBInstanceIdentifier}'",
    ])
  })
})

describe('the port', () => {
  it.each([
    [15_432, 'localhost:15432', '15432 is the port of the tunnel, localhost:15432'],
    [6432, 'localhost:15432', 'RDS listens on 5432 unless it is configured otherwise'],
    [6432, SOCKET, 'RDS listens on 5432 unless it is configured otherwise'],
  ])('%i, via %s, is a possible cause', (port, via, because) => {
    expect(causesOf(caseOf({}, { port, via }))).toContainEqual(
      expect.objectContaining({ id: 'port', certainty: 'likely', because }),
    )
  })
})

describe('the policy', () => {
  it('is not simulated for a caller without policies', () => {
    const cause = first(caseOf({ credentials: caller('arn:aws:iam::123456789012:root') }))
    expect(cause?.title).toBe('No policy allows this identity to connect as jane_doe')
    expect(cause?.because).toMatch(/, or the account, if the database is not in 123456789012$/)
    expect(commands(cause ? [cause] : []).filter((text) => text.includes('simulate'))).toEqual([])
  })

  it('is set up with a URL that has brackets around an IPv6 address', () => {
    const host = '2600:1f18::17'
    const region = ok({ ...found.region, origin: environment, kind: undefined })
    const tls = ok({ ...found.tls, names: [host] })
    expect(commands(causesOf(caseOf({ region, tls }, { host })))).toContainEqual(
      `rds-iam setup 'postgres://jane_doe@[${host}]:5432' --region us-east-1 --account 123456789012 --resource-id db-…`,
    )
  })
})

describe('credentials that STS refuses', () => {
  const invalid = 'The security token included in the request is invalid.'

  it('are reported with their source', () => {
    const title = (more: Partial<Findings['credentials']>) =>
      first(caseOf({ credentials: refused('InvalidClientTokenId', invalid, more) }))?.title
    expect(title({})).toBe('AWS has no active access key ASIA…4XQP, from EC2 metadata service')
    expect(title({ source: undefined })).toBe(
      'AWS has no active access key ASIA…4XQP, from the credentials option',
    )
  })

  it('may belong to another partition', () => {
    const region = ok({ ...found.region, region: 'cn-north-1', partition: 'aws-cn' })
    const credentials = refused('InvalidClientTokenId', invalid)
    expect(first(caseOf({ region, credentials }))?.title).toMatch(/ in the partition aws-cn$/)
  })

  it.each<[CredentialSource, RegExp]>([
    ['environment', /^unset AWS_ACCESS_KEY_ID /],
    ['container', /^AWS renews these automatically/],
    ['instance-metadata', /^AWS renews these automatically/],
    ['web-identity', /^the token in the file that AWS_WEB_IDENTITY_TOKEN_FILE names has expired/],
    ['shared-config', /^aws sso login$/],
  ])('are renewed at their source: %s', (source, cure) => {
    const credentials = refused('ExpiredToken', 'The security token included in the request is expired', {
      source,
    })
    expect(commands(causesOf(caseOf({ credentials })))[0]).toMatch(cure)
  })
})

describe('STS, when a role is assumed,', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/db/login'
  const causes = (code: string, message: string, region = found.region, subject = {}): readonly Cause[] =>
    causesOf(caseOf({ region: ok(region), credentials: failed(code, message), login: skipped }, subject))

  it('is unreachable, usually because the VPC has no endpoint', () => {
    const refused = 'STS: connect ECONNREFUSED 127.0.0.1:1'
    const told = causes('no-sts', refused, found.region, { role: ROLE, profile: 'prod' })
    expect(told).toMatchObject([
      {
        id: 'sts',
        certainty: 'proven',
        title: `STS can't be reached to assume the role ${ROLE}`,
        because: refused,
      },
    ])
    // Without the profile, because its commands may need STS.
    expect(commands(told)[0]).toBe(
      "aws ec2 describe-vpc-endpoints --filters Name=service-name,Values=com.amazonaws.us-east-1.sts --query 'VpcEndpoints[].{vpc:VpcId,state:State,dns:PrivateDnsEnabled}' --region us-east-1",
    )
  })

  it('has an endpoint with another name in China', () => {
    const region = { ...found.region, region: 'cn-north-1', partition: 'aws-cn' }
    expect(commands(causes('no-sts', 'STS: no answer in time', region))[0]).toContain(
      'Values=cn.com.amazonaws.cn-north-1.sts ',
    )
  })

  it('has something in front of it that answers', () => {
    expect(causes('not-sts', 'something other than STS answered: HTTP status 404')).toMatchObject([
      {
        id: 'sts',
        certainty: 'proven',
        title: 'Something other than STS answered the request to assume the role of the credentials',
        because: 'something other than STS answered: HTTP status 404',
      },
    ])
  })
})

describe('the check before the login', () => {
  const { tls } = found
  it.each([
    ['no-tls', undefined, 'no-tls'],
    ['untrusted', { ...tls, issuers: ['Corp Root'] }, 'untrusted'],
    ['untrusted', { ...tls, issuers: ['Amazon RDS eu-west-1 Root CA RSA2048 G1'] }, 'region'],
    ['wrong-name', tls, 'name'],
    ['expired', tls, 'certificate-dates'],
    ['not-yet-valid', tls, 'certificate-dates'],
  ])('that fails as %s, with %o, has the cause %s', (code, tls, id) => {
    const given = caseOf({ tls: failed(code, '', tls), login: skipped })
    expect(ranked(causesOf(given))).toEqual([`${id} proven`])
  })
})

describe('the connection', () => {
  const tcp = failed<Findings['tcp']>('timeout', 'no answer within 5 s')

  it.each([
    ['fd12:3456::17', true],
    ['2600:1f18::17', false],
    ['172.16.0.9', true],
    ['172.32.0.9', false],
  ])('to %s is inside a VPC: %s', (address, inside) => {
    const dns = ok({ ...found.dns, addresses: [address] })
    expect(first(caseOf({ dns, tcp, login: skipped }))?.because).toMatch(
      inside ? /is a private address/ : /^a security group/,
    )
  })

  it.each([
    [5432, 15_432],
    [9999, 19_999],
    [33_060, 33_060],
  ])('to port %i is tunnelled through port %i of this machine', (port, local) => {
    const cause = first(caseOf({ tcp, login: skipped }, { port }))
    expect(commands(cause ? [cause] : []).slice(0, 2)).toEqual([
      `ssh -N -L ${local}:${HOST}:${port} BASTION`,
      `then connect through it: --via localhost:${local}`,
    ])
  })

  it('to a socket without a listener is reported with its path', () => {
    const given = caseOf(
      { dns: skipped, tcp: failed('ENOENT', 'connect ENOENT'), login: skipped },
      { via: SOCKET },
    )
    expect(first(given)?.title).toBe(`Nothing answers at ${SOCKET}, where the tunnel should be (ENOENT)`)
  })
})

describe('an option', () => {
  it('that is wrong is a cause, with what to write instead as its cure', () => {
    const problems = [{ option: '--port', seen: '0 is not a port', instead: 'write a whole number' }]
    const options = failed('ERR_RDS_IAM_OPTIONS', '', { values: [], problems })
    expect(causesOf(caseOf({ options, login: skipped }))).toEqual([
      {
        id: 'options',
        certainty: 'proven',
        title: '--port 0 is not a port',
        cures: [{ kind: 'do', text: 'write a whole number' }],
      },
    ])
  })
})

describe('an alias', () => {
  const dns = ok({ ...found.dns, cnames: [HOST] })

  it.each([
    [undefined, `write --host ${HOST}; add --via ${OWN} if you must connect to that name`],
    ['localhost:15432', `write --host ${HOST}`],
  ])('is replaced by its endpoint, with the same address to connect to: via %s', (via, cure) => {
    const causes = causesOf(caseOf({ dns, login: skipped }, { host: OWN, via }))
    expect(ranked(causes)).toEqual(['alias proven'])
    expect(commands(causes)).toEqual([
      cure,
      `or add --cname, if you trust whoever controls the DNS of ${OWN} to choose the database`,
    ])
  })
})

describe('a proxy', () => {
  const host = 'pool.proxy-c9akciq32rgh.us-east-1.rds.amazonaws.com'

  it('is not blamed for errors of the database', () => {
    const login = failed('3D000', 'database "app" does not exist', found.login)
    expect(ranked(causesOf(caseOf({ login }, { host })))).toEqual(['database proven'])
  })
})

describe("the project's driver", () => {
  it.each([
    ['postgres', 'pg', `node --eval "require('pg')"`],
    ['mysql', 'mysql2', `node --eval "require('mysql2/promise')"`],
  ] as const)('of %s that is broken must be reinstalled', (engine, driver, look) => {
    const because = "/app/node_modules/driver/index.js: Cannot find module 'nope'"
    const causes = causesOf(caseOf({ login: failed('driver', because) }, { engine }))
    expect(causes).toMatchObject([
      {
        id: 'driver',
        title: `This project's ${driver} can't be loaded`,
        because,
        cures: [{ kind: 'sh', text: look }, { text: expect.stringContaining('npm ci') }],
      },
    ])
  })
})

describe('an error of PostgreSQL before it has checked a token', () => {
  it('may be that no rule in pg_hba.conf matches', () => {
    const message = 'no pg_hba.conf entry for host "10.0.0.7", user "jane_doe", database "ap", SSL encryption'
    const causes = causesOf(caseOf({ login: failed('28000', message, found.login) }, { database: 'ap' }))
    expect(causes).toMatchObject([
      {
        id: 'pg-hba',
        certainty: 'proven',
        title: "No rule in the server's pg_hba.conf lets jane_doe connect to the database ap from here",
        because: message,
      },
    ])
    expect(commands(causes).filter((text) => /^(aws|SELECT) /.test(text))).toHaveLength(2)
  })

  it('may be that RDS did not check it in time', () => {
    const login = failed('57014', 'canceling authentication due to timeout', found.login)
    expect(ranked(causesOf(caseOf({ login })))).toEqual(['authentication-timeout proven'])
  })
})

describe('if no cause is known', () => {
  it('the last failed step is reported, with the recent events of RDS', () => {
    const token = failed<Findings['token']>('ERR_RDS_IAM_SIGNING', 'The token could not be signed')
    const causes = causesOf(caseOf({ token, login: skipped }))
    expect(causes).toMatchObject([
      { id: 'unknown', title: 'The token could not be signed (ERR_RDS_IAM_SIGNING)' },
    ])
    expect(commands(causes)).toEqual([
      'aws rds describe-events --source-type db-instance --source-identifier orders --duration 60 --region us-east-1',
    ])
  })

  it('all recent events are requested if the endpoint is unknown', () => {
    const given = caseOf({ login: failed('XX000', 'something new') }, { host: OWN })
    expect(commands(causesOf(given))).toEqual(['aws rds describe-events --duration 60 --region us-east-1'])
  })

  it('the same holds for options', () => {
    const options = failed<Findings['options']>('error', 'no file descriptor is left')
    expect(ranked(causesOf(caseOf({ options, login: skipped })))).toEqual(['unknown proven'])
  })
})
