// The doctor's advice: commands that work in a shell, for the right resource, with options named by their flags.
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Case, type Cause, causesOf, logOfReasons } from '../../packages/cli/src/doctor/causes/index.ts'
import type { Findings } from '../../packages/cli/src/doctor/examination.ts'
import { caseOf, commands, failed, found, HOST, offline, ok, skipped } from '../support/doctor-cases.ts'
import { useFolder } from '../support/folder.ts'

const CLUSTER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const CUSTOM = 'reports.cluster-custom-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const GLOBAL = 'orders.global-0a1b2c3d4e5f.global.rds.amazonaws.com'
const PROXY_ENDPOINT = 'readers.endpoint.proxy-c9akciq32rgh.us-east-1.rds.amazonaws.com'

const nobody = caseOf({ login: failed('28P01', 'password authentication failed', found.login) })
const caller = (arn: string) =>
  ok({ ...found.credentials, caller: { status: 'known' as const, account: '123456789012', arn } })

describe('a command', () => {
  const folder = useFolder()
  beforeAll(() => {
    const stub = `#!/bin/sh\n[ "$2" = get-role ] && { echo "arn:aws:iam::123456789012:role/a/b/$4"; exit; }\nprintf '%s\\n' "$0" "$@"\n`
    for (const name of ['aws', 'rds-iam', 'ssh']) {
      writeFileSync(join(folder, name), stub)
      chmodSync(join(folder, name), 0o755)
    }
  })

  /** The arguments of all commands, as the programs get them from a shell. */
  function pasted(causes: readonly Cause[]): string[][] {
    const texts = causes.flatMap(({ cures }) =>
      cures.flatMap(({ kind, text }) => (kind === 'sh' ? text : [])),
    )
    return texts.map((text) =>
      execFileSync('/bin/sh', ['-c', text], { env: { PATH: folder }, encoding: 'utf8' })
        .trim()
        .split('\n'),
    )
  }

  it('is unquoted if possible', () => {
    const given = caseOf({}, { host: CLUSTER, profile: 'prod' })
    expect(commands(causesOf(given))).toEqual([
      "aws rds describe-db-clusters --db-cluster-identifier orders --query 'DBClusters[].{resource:DbClusterResourceId,iam:IAMDatabaseAuthenticationEnabled}' --region us-east-1 --profile prod",
      'aws iam simulate-principal-policy --policy-source-arn "$(aws iam get-role --role-name orders-api --query Role.Arn --output text --profile prod)" --action-names rds-db:connect --resource-arns arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-…/jane_doe --profile prod',
      `rds-iam setup postgres://jane_doe@${CLUSTER}:5432 --account 123456789012 --resource-id cluster-…`,
      'aws rds modify-db-cluster --db-cluster-identifier orders --enable-iam-database-authentication --apply-immediately --region us-east-1 --profile prod',
    ])
    expect(logOfReasons(given, causesOf(given))[1]).toMatch(
      /^aws logs tail \/aws\/rds\/cluster\/orders\/iam-db-auth-error /,
    )
  })

  it.each(["o'brien; rm -rf x", 'jane@corp', 'a b', '$(reboot)', '`reboot`', 'a"b', 'a\\b', '*', 'ü'])(
    'passes the user %s as one word',
    (user) => {
      const words = pasted(causesOf(caseOf({}, { user, profile: user })))
      expect(words).toHaveLength(4)
      const resource = `arn:aws:rds-db:us-east-1:123456789012:dbuser:db-…/${user}`
      expect(words[1]?.slice(4, 9)).toEqual([
        'arn:aws:iam::123456789012:role/a/b/orders-api',
        '--action-names',
        'rds-db:connect',
        '--resource-arns',
        resource,
      ])
      for (const of of words.slice(0, 2)) expect(of.slice(-2)).toEqual(['--profile', user])
      const url = new URL(words[2]?.[2] ?? '')
      expect([decodeURIComponent(url.username), url.hostname]).toEqual([user, HOST])
    },
  )

  it('passes the profile as one word when it renews a session', () => {
    const credentials = failed<Findings['credentials']>(
      'ERR_RDS_IAM_CREDENTIALS',
      'The SSO session has expired',
    )
    const given = caseOf({ credentials, token: skipped, login: skipped }, { profile: "jane's; reboot" })
    expect(pasted(causesOf(given))).toEqual([
      [join(folder, 'aws'), 'sso', 'login', '--profile', "jane's; reboot"],
    ])
  })

  it("asks IAM for the ARN of a role, because a session doesn't contain its path", () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DBAdmin_0123456789abcdef/jane'
    const [first] = causesOf(caseOf({ credentials: caller(arn) }))
    expect(first?.title).toBe(
      'No policy allows the role AWSReservedSSO_DBAdmin_0123456789abcdef to connect as jane_doe',
    )
    expect(pasted(first ? [first] : [])[1]?.[4]).toBe(
      'arn:aws:iam::123456789012:role/a/b/AWSReservedSSO_DBAdmin_0123456789abcdef',
    )
    expect(commands(first ? [first] : [])).toContain(
      'change its policies in IAM Identity Center, in the permission set DBAdmin',
    )
    const user = 'arn:aws:iam::123456789012:user/team/jane'
    expect(pasted(causesOf(caseOf({ credentials: caller(user) })))[1]?.[4]).toBe(user)
  })
})

describe('a command that changes something', () => {
  const changes = (given: Case): string[] => {
    const causes = causesOf(given)
    return [...commands(causes), ...logOfReasons(given, causes)].filter((text) => / modify-/.test(text))
  }
  const region = ok({ ...found.region, origin: { from: 'environment', name: 'AWS_REGION' } as const })

  it.each([
    [CUSTOM, 'CLUSTER'],
    [GLOBAL, 'CLUSTER'],
    ['db.corp.example', 'INSTANCE'],
    ['localhost', 'INSTANCE'],
    ['10.0.3.17', 'INSTANCE'],
  ])('never guesses an identifier: %s', (host, placeholder) => {
    const tls = ok({ ...found.tls, names: [host], expected: host })
    const given = caseOf({ region, tls }, { host })
    const [enable, log] = changes(given)
    for (const change of [enable, log]) expect(change).toMatch(new RegExp(`-identifier ${placeholder} --`))
    // Before that, a command finds the name.
    expect(commands(causesOf(given))).toContainEqual(
      expect.stringMatching(/aws rds describe-db-\w+ --query '.*\{.*id:DB\w+Identifier\}'/),
    )
  })

  it('uses the endpoint behind an alias in DNS', () => {
    const dns = ok({ ...found.dns, cnames: [CLUSTER] })
    expect(changes(caseOf({ region, dns }, { host: 'db.corp.example', cname: true }))[0]).toContain(
      'modify-db-cluster --db-cluster-identifier orders ',
    )
    expect(changes(caseOf({ region, dns }, { host: GLOBAL }))[0]).toContain('--db-cluster-identifier orders ')
  })

  it('asks about all proxies for the name of an additional endpoint', () => {
    expect(commands(causesOf(caseOf({}, { host: PROXY_ENDPOINT })))[0]).toContain(
      'aws rds describe-db-proxies --query',
    )
  })
})

describe('a role that can not be assumed', () => {
  const ROLE = 'arn:aws:iam::210987654321:role/db/login'
  const JANE = 'arn:aws:iam::123456789012:user/jane'

  it('is reported with its name, its trust policy, and the identity that needs a policy', () => {
    const message = `User: ${JANE} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`
    const credentials = failed<Findings['credentials']>('AssumeRole:AccessDenied', message)
    const steps = { credentials, token: skipped, login: skipped }
    for (const role of [ROLE, undefined]) {
      const causes = causesOf(caseOf(steps, { role, profile: 'prod' }))
      expect(causes[0]?.title).toBe(`${JANE} can't assume the role ${ROLE}`)
      expect(commands(causes)).toEqual([
        'aws iam get-role --role-name login --query Role.AssumeRolePolicyDocument',
        `this prints the role's trust policy, if you may read it; it must allow ${JANE}, and must not require an external ID or a tag that you do not pass`,
        `a policy of ${JANE} must allow sts:AssumeRole on ${ROLE} too`,
        `aws iam simulate-principal-policy --policy-source-arn ${JANE} --action-names sts:AssumeRole --resource-arns ${ROLE}`,
      ])
    }
  })

  it('is reported as the end of the session that should assume it, with its source', () => {
    const fault = { code: 'AssumeRole:ExpiredToken', message: 'expired', source: 'environment' } as const
    const credentials = { status: 'failed', ms: 1, fault } as const
    const causes = causesOf(caseOf({ credentials, token: skipped, login: skipped }, { role: ROLE }))
    expect(causes[0]?.title).toBe('The session of the AWS credentials from environment variables has ended')
    expect(commands(causes)[0]).toMatch(/^unset AWS_ACCESS_KEY_ID /)
  })
})

/** Causes that may remain, in all combinations that change the text of a list. */
const cases: readonly Case[] = [
  caseOf({}),
  nobody,
  caseOf({ clock: skipped, credentials: offline({ temporary: false, endsAt: undefined }) }),
  caseOf({ credentials: offline({ endsAt: undefined }) }),
  caseOf({ clock: failed('clock', '', { ...found.clock, aheadMs: -120_000 }) }),
  caseOf({ login: failed('XX000', 'something new') }),
  caseOf({ login: failed('1524', "Plugin 'AWSAuthenticationPlugin' is not loaded", found.login) }),
  caseOf({ login: failed('28000', 'This RDS Proxy has no credentials for the role jane_doe', found.login) }),
  caseOf({ login: failed('57P03', 'the database system is starting up', found.login) }),
  caseOf({ login: failed('3D000', 'no such database', found.login) }),
  caseOf({ region: ok({ ...found.region, origin: { from: 'default' } }) }, { host: 'db.corp.example' }),
  caseOf({ tls: ok({ ...found.tls, names: ['db.corp.example'] }) }, { host: 'db.corp.example' }),
  caseOf({}, { host: PROXY_ENDPOINT, via: 'localhost:15432', port: 15432 }),
  caseOf({ tcp: failed('ECONNREFUSED', 'refused'), login: skipped }),
  caseOf({ tcp: failed('timeout', 'no answer'), login: skipped }, { via: 'localhost:1' }),
  caseOf({ dns: failed('EAI_AGAIN', 'try again'), login: skipped }),
  caseOf({ dns: failed('ENOTFOUND', 'no such name'), login: skipped }),
  caseOf({ dns: ok({ ...found.dns, cnames: [CLUSTER] }) }, { host: 'db.corp.example' }),
  caseOf(
    { token: failed('ERR_RDS_IAM_ALIAS', 'no CNAME'), login: skipped },
    { host: 'a.example', cname: true },
  ),
  caseOf({
    region: failed('ERR_RDS_IAM_OPTIONS', ''),
    tls: failed('untrusted', '', found.tls),
    login: skipped,
  }),
  caseOf({ credentials: caller('arn:aws-cn:iam::123456789012:user/jane') }),
  ...[
    ...['ERR_RDS_IAM_CREDENTIALS', 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT', 'ERR_RDS_IAM_CREDENTIALS_EXPIRED'],
    ...['AccessDenied', 'ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch'].map(
      (code) => `AssumeRole:${code}`,
    ),
  ].map((code) => caseOf({ credentials: failed(code, 'no'), token: skipped, login: skipped })),
  ...['wrong-engine', 'no-tls', 'not-a-database'].map((code) =>
    caseOf({ tls: failed(code, 'the server does not speak PostgreSQL'), login: skipped }),
  ),
  ...['untrusted', 'wrong-name', 'expired'].map((code) =>
    caseOf({ tls: failed(code, '', { ...found.tls, names: ['a.example'] }), login: skipped }),
  ),
]

describe('each cause', () => {
  const all = cases.flatMap((given) => causesOf(given))

  it.each(all.map((cause): [string, Cause] => [`${cause.id}: ${cause.title}`, cause]))(
    'has a command or an advice, with options named by their flags: %s',
    (_, { cures }) => {
      expect(cures.length).toBeGreaterThan(0)
      for (const { text } of cures) {
        expect(text).not.toBe('')
        expect(text).not.toMatch(/\b(engine|host|port|user|database|region|profile|role|via|cname): /)
      }
    },
  )

  it('refers to the command of another cause that also checks it', () => {
    const tls = ok({ ...found.tls, names: ['db.corp.example'] })
    const region = ok({ ...found.region, origin: { from: 'environment', name: 'AWS_REGION' } as const })
    const causes = causesOf(caseOf({ tls, region }, { host: 'db.corp.example' }))
    expect(causes.map(({ id }) => id)).toEqual(['host', 'policy', 'region', 'iam-disabled'])
    expect(causes[2]?.cures).toEqual([
      { kind: 'do', text: 'the commands under 1. also check this' },
      { kind: 'do', text: "if it is not listed there, set --region to the endpoint's region" },
    ])
  })
})
