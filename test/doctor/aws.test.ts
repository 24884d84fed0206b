// The doctor and AWS: roles, sessions, hanging sources, clocks and regions. Also a local RDS, which is not AWS.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tunnelTo, useDoctor } from '../support/doctor.ts'
import { useFolder } from '../support/folder.ts'
import { useLocalRds } from '../support/rds.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const ROLE = 'arn:aws:iam::123456789012:role/db/login'
const JANE = 'arn:aws:iam::123456789012:user/jane'

const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
/** The credentials of an assumed role. They last five minutes, and expire at a full second, as in answers of STS. */
const assumed = {
  accessKeyId: 'ASIAASSUMEDASAROLE01',
  secretAccessKey: 'bPxRfiK7MDENG/wJalrXUtnFEMI/K7MD',
  sessionToken: 'IQoJb3JpZ2luX2VjEAssumedSessionToken',
  expiration: new Date(Math.floor(Date.now() / 1000) * 1000 + 300_000),
}

const doctor = useDoctor()
/** How far the gate's clock is ahead, in milliseconds. */
let gateAhead = 0
const rds = useLocalRds({
  engine: 'postgres',
  endpoint: { host: HOST, port: 5432 },
  users: ['jane_doe'],
  keys: [key, assumed],
  now: () => Date.now() + gateAhead,
})

const folder = useFolder()
const sharedFiles = {
  AWS_CONFIG_FILE: join(folder, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
}
beforeAll(() => {
  writeFileSync(
    sharedFiles.AWS_SHARED_CREDENTIALS_FILE,
    `[base]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`,
  )
  writeFileSync(
    sharedFiles.AWS_CONFIG_FILE,
    `[profile login]\nrole_arn = ${ROLE}\nsource_profile = base\n[profile hangs]\ncredential_process = ${hanging()}\n`,
  )
})
afterAll(() => {
  for (const text of doctor().said) {
    for (const secret of [key.secretAccessKey, assumed.secretAccessKey, assumed.sessionToken, 'X-Amz-'])
      expect(text).not.toContain(secret)
  }
})

/** A program that writes its process ID to a file, and prints nothing. */
function hanging(): string {
  const program = join(folder, 'hangs.cjs')
  const pid = JSON.stringify(join(folder, 'pid'))
  writeFileSync(
    program,
    `require('node:fs').writeFileSync(${pid}, String(process.pid)); setInterval(() => {}, 60_000)`,
  )
  return `"${process.execPath}" "${program}"`
}

/** The environment to reach the gate, without credentials. */
function way(): Record<string, string> {
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...others } = tunnelTo(rds())
  return { ...others, ...sharedFiles }
}

/** The page without line breaks. */
const unbroken = (page: string): string => page.replace(/\s+/g, ' ')

/** A role that is assumed with keys in the environment, or by a profile in the shared files. */
const waysToRole = [
  [
    '--role',
    ['--role', ROLE],
    { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey },
  ],
  ["a profile's role_arn", ['--profile', 'login'], {}],
] as const

// This process keeps a role's credentials until they expire, so the packed program sees what STS refuses.
describe.each(waysToRole)('%s', (_, args, keys) => {
  it('logs in with the role and a token that expires with the session', async () => {
    doctor().aws.issue = () => assumed
    const { code, report } = await doctor().examine(args, { ...way(), ...keys })
    expect(report.causes).toEqual([])
    expect(code).toBe(0)
    const endsAt = assumed.expiration.toISOString()
    expect(report.steps).toMatchObject({
      credentials: { found: { keyId: 'ASIA…LE01', temporary: true, endsAt } },
      token: { found: { endsAt, keyId: 'ASIA…LE01' } },
    })
    const { output } = await doctor().run(args, { ...way(), ...keys })
    expect(unbroken(output)).toMatch(
      / \((?:5\.0|[1-4]\.\d) min, until its credentials expire\), signed with ASIA…LE01, /,
    )
  })

  it('reports who cannot assume the role, and where to allow it', async () => {
    const message = `User: ${JANE} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`
    doctor().aws.issue = () => ({ code: 'AccessDenied', message })
    const { code, output } = await doctor().packed.run(args, { ...way(), ...keys })
    expect(unbroken(output)).toContain(` 1. ${JANE} can't assume the role ${ROLE} STS: `)
    expect(output).toContain('$ aws iam get-role --role-name login --query Role.AssumeRolePolicyDocument')
    expect(output).not.toContain('list-profiles')
    expect(code).toBe(1)
  })
})

describe('credentials', () => {
  it('from a source that never answers are not waited for', async () => {
    const { code, report } = await doctor().examine(['--profile', 'hangs'], way())
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    process.kill(pid) // throws if the process no longer exists
    expect(report.causes.map(({ id }) => id)).toEqual(['credentials-timeout'])
    expect(code).toBe(1)
  })
})

describe('the region of an endpoint that names it', () => {
  it('is not that of the environment', async () => {
    const env = { ...way(), AWS_REGION: 'eu-west-1' }
    const { code, report } = await doctor().examine(['--profile', 'base'], env)
    expect(report.steps.region?.found).toMatchObject({ region: 'us-east-1', origin: { from: 'host' } })
    expect(code).toBe(0)
  })
})

describe('the clock, if STS is unreachable', () => {
  const nobody = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' }

  it("is compared with RDS's", async () => {
    const { aws } = doctor()
    aws.aheadMs = gateAhead = 61 * 60_000
    const env = { ...way(), ...nobody, AWS_ENDPOINT_URL_RDS: aws.url }
    const { report } = await doctor().examine(['--profile', 'base'], env)
    gateAhead = 0
    expect(report.causes).toMatchObject([
      { id: 'clock', title: "The clock of this machine is 61 min behind AWS's" },
    ])
  })

  it("is compared with the server's after a login", async () => {
    // Three minutes ahead, which RDS accepts.
    const shift = `const Now=Date,by=180000;globalThis.Date=class extends Now{constructor(...a){super(...(a.length?a:[Now.now()+by]))}static now(){return Now.now()+by}}`
    const env = {
      ...way(),
      ...nobody,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}`,
    }
    const { code, report } = await doctor().packed.examine(['--profile', 'base'], env)
    expect(report.steps.clock).toMatchObject({
      status: 'failed',
      fault: { message: 'this machine is 3 min ahead of the server' },
      found: { source: 'the server' },
    })
    expect(code).toBe(0)
  })
})

describe('a local RDS under its own name', () => {
  const local = { postgres: useLocalRds({ engine: 'postgres' }), mysql: useLocalRds({ engine: 'mysql' }) }

  it.each([
    ['postgres', 'another region', ['--region', 'eu-west-1'], {}],
    ['mysql', 'another key', [], { AWS_ACCESS_KEY_ID: 'AKIANEVERHEARDOF0001' }],
  ] as const)('of %s gives the reason itself: %s', async (engine, _, args, other) => {
    expect(await doctor().causes(args, { ...local[engine]().env, ...other })).toEqual(['local'])
  })
})
