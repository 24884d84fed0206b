import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IamTarget } from '@rds-iam/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Aws, KNOWN, startAws } from '../../../../test/support/aws.ts'
import { answerHttp } from '../../../../test/support/listen.ts'
import { play, silent } from '../../../../test/support/play.ts'
import { findCredentials } from '../../src/doctor/steps/credentials.ts'

const ROLE = 'arn:aws:iam::123456789012:role/db/login'
const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const region = 'us-east-1'

let aws: Aws
let folder: string
beforeAll(async () => {
  aws = await startAws()
  folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
  const { accessKeyId, secretAccessKey } = key
  const base = `[profile base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  writeFileSync(join(folder, 'config'), `${base}[profile login]\nrole_arn = ${ROLE}\nsource_profile = base\n`)
})
afterAll(async () => {
  await aws.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  aws.reset()
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
  vi.stubEnv('AWS_REGION', region) // the SDK warns of a region that it takes by default
})

const find = (target: IamTarget, url = aws.url) =>
  findCredentials({ region, ...target }, { region, sts: url })

describe('credentials', () => {
  it('are those that STS knows', async () => {
    expect(await find({ credentials: key })).toEqual({
      keyId: 'AKIA…MPLE',
      source: undefined,
      temporary: false,
      endsAt: undefined,
      caller: { status: 'known', account: '123456789012', ...KNOWN },
    })
  })

  it('are refused in the words of STS, but not with what it quotes', async () => {
    const message =
      'The signature does not match.\n\nThe Canonical String for this request should have been POST x'
    aws.caller = { code: 'SignatureDoesNotMatch', message }
    await expect(find({ profile: 'base' })).rejects.toMatchObject({
      fault: { code: 'SignatureDoesNotMatch', message: 'The signature does not match.' },
      found: { source: 'shared config files', caller: { status: 'refused' } },
    })
  })

  it('are asked about nowhere while the region is unknown', async () => {
    expect((await findCredentials({ credentials: key }, undefined)).caller).toEqual({
      status: 'unknown',
      why: 'the region is unknown',
    })
  })

  it.each([
    ['is out of order', 503, '', 'HTTP status 503'],
    ['is not let through to', 403, '<html>Forbidden by policy</html>', 'HTTP status 403'],
    ['is not let through to, in plain words,', 403, 'Forbidden', 'HTTP status 403'],
    ['is not what is found', 404, '<html>Not found</html>', 'HTTP status 404'],
    ['is not what is found, without a word,', 404, '', 'HTTP status 404'],
    ['is asked too often by a gateway', 429, '<html>Too many requests</html>', 'HTTP status 429'],
    ['is not what welcomes', 200, '<html>Welcome</html>', 'something other than STS answered'],
    ['is not what answers', 200, 'Welcome', /^@aws-sdk XML parse error: [^\n]+$/],
  ])('stay unknown where STS %s', async (_, status, body, why) => {
    await using other = await answerHttp(status, body)
    const { caller } = await find({ credentials: key }, other.url)
    expect(caller).toEqual({
      status: 'unknown',
      why: typeof why === 'string' ? why : expect.stringMatching(why),
    })
  })

  it('stay unknown where nobody listens', async () => {
    const { caller } = await find({ credentials: key }, 'http://127.0.0.1:1')
    expect(caller).toEqual({ status: 'unknown', why: 'ECONNREFUSED' })
  })
})

describe('a role that STS does not let anybody assume', () => {
  const message = `User: arn:aws:iam::123456789012:user/jane is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`
  beforeEach(() => {
    aws.issue = () => ({ code: 'AccessDenied', message })
  })

  it.each<[string, IamTarget, string | undefined]>([
    ['of a profile', { profile: 'login' }, 'shared config files'],
    ['of a profile that is to assume another', { profile: 'login', role: `${ROLE}2` }, 'shared config files'],
    ['by a profile', { profile: 'base', role: ROLE }, 'shared config files'],
    ['by credentials that were given', { credentials: key, role: ROLE }, undefined],
  ])('is told with where the credentials are from: %s', async (_, target, source) => {
    const fault = { code: 'AssumeRole:AccessDenied', message, ...(source === undefined ? {} : { source }) }
    await expect(find(target)).rejects.toMatchObject({ fault })
  })

  it('is not blamed where there are no credentials to assume it with', async () => {
    await expect(find({ role: ROLE })).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS' })
  })
})

describe('a role for which no word of STS comes', () => {
  const ways: [string, IamTarget][] = [
    ['by credentials that were given', { credentials: key, role: ROLE }],
    ['of a profile', { profile: 'login' }],
  ]

  it.each([
    [400, '<html>Bad request</html>', 'HTTP status 400'],
    [403, '<html>Forbidden</html>', 'HTTP status 403'],
    [403, 'Forbidden', 'HTTP status 403'],
    [404, '<html>Not found</html>', 'HTTP status 404'],
    [404, '{"message":"Not found"}', 'HTTP status 404'],
    [429, '<html>Too many requests</html>', 'HTTP status 429'],
    [200, '<html>Welcome</html>', `Invalid response from STS.assumeRole call with role ${ROLE}`],
    [200, 'Welcome', '@aws-sdk XML parse error: unexpected content.'],
  ])('is not blamed for what something other than STS answered: %i %s', async (status, body, why) => {
    await using other = await answerHttp(status, body)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', other.url)
    for (const [, target] of ways) {
      const fault = { code: 'not-sts', message: `something other than STS answered: ${why}` }
      await expect(find(target)).rejects.toMatchObject({ fault })
    }
  })

  it.each(ways)('is not blamed where STS, or what is before it, is out of order: %s', async (_, target) => {
    await using other = await answerHttp(503, '<html>Service unavailable</html>')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', other.url)
    const fault = { code: 'no-sts', message: 'STS: HTTP status 503' }
    await expect(find(target)).rejects.toMatchObject({ fault })
  })

  it.each(ways)('is not blamed where nobody listens: %s', async (_, target) => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1')
    const fault = { code: 'no-sts', message: 'STS: connect ECONNREFUSED 127.0.0.1:1' }
    await expect(find(target)).rejects.toMatchObject({ fault })
  })

  it('is not blamed where STS does not answer, nor are the credentials that would assume it', async () => {
    await using sts = await play(silent)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url)
    await expect(find({ profile: 'base', role: ROLE, timeoutMs: 1000 })).rejects.toMatchObject({
      fault: { code: 'no-sts', message: 'STS: no answer in time' },
    })
  })
})
