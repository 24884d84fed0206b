import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IamTarget } from '@rds-iam/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Aws, KNOWN, startAws } from '../../../../test/support/aws.ts'
import { useFolder } from '../../../../test/support/folder.ts'
import { answerHttp } from '../../../../test/support/listen.ts'
import { play, silent } from '../../../../test/support/play.ts'
import { findCredentials } from '../../src/doctor/steps/credentials.ts'

const ROLE = 'arn:aws:iam::123456789012:role/db/login'
const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const region = 'us-east-1'

const folder = useFolder()
let aws: Aws
beforeAll(async () => {
  aws = await startAws()
  const { accessKeyId, secretAccessKey } = key
  const base = `[profile base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  writeFileSync(join(folder, 'config'), `${base}[profile login]\nrole_arn = ${ROLE}\nsource_profile = base\n`)
})
afterAll(() => aws.stop())
beforeEach(() => {
  aws.reset()
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
  vi.stubEnv('AWS_REGION', region) // the SDK warns when it uses a default region
})

const find = (target: IamTarget, url = aws.url) =>
  findCredentials({ region, ...target }, { region, sts: url })

describe('credentials', () => {
  it('are known to STS', async () => {
    expect(await find({ credentials: key })).toEqual({
      keyId: 'AKIA…MPLE',
      source: undefined,
      temporary: false,
      endsAt: undefined,
      caller: { status: 'known', account: '123456789012', ...KNOWN },
    })
  })

  it("are refused with STS's message, but without what it quotes", async () => {
    const message =
      'The signature does not match.\n\nThe Canonical String for this request should have been POST x'
    aws.caller = { code: 'SignatureDoesNotMatch', message }
    await expect(find({ profile: 'base' })).rejects.toMatchObject({
      fault: { code: 'SignatureDoesNotMatch', message: 'The signature does not match.' },
      found: { source: 'shared-config', caller: { status: 'refused' } },
    })
  })

  it('are not checked while the region is unknown', async () => {
    expect((await findCredentials({ credentials: key }, undefined)).caller).toEqual({
      status: 'unknown',
      why: 'the region is unknown',
    })
  })

  it.each([
    ['is down', 503, '', 'HTTP status 503'],
    ['is blocked by a proxy', 403, '<html>Forbidden by policy</html>', 'HTTP status 403'],
    ['is blocked by a proxy, in plain text,', 403, 'Forbidden', 'HTTP status 403'],
    ['is not found', 404, '<html>Not found</html>', 'HTTP status 404'],
    ['is not found, without a body,', 404, '', 'HTTP status 404'],
    ['is throttled by a gateway', 429, '<html>Too many requests</html>', 'HTTP status 429'],
    ['is replaced by a web page', 200, '<html>Welcome</html>', 'something other than STS answered'],
    ['is replaced by plain text', 200, 'Welcome', /^@aws-sdk XML parse error: [^\n]+$/],
  ])('stay unknown if STS %s', async (_, status, body, why) => {
    await using other = await answerHttp(status, body)
    const { caller } = await find({ credentials: key }, other.url)
    expect(caller).toEqual({
      status: 'unknown',
      why: typeof why === 'string' ? why : expect.stringMatching(why),
    })
  })

  it('stay unknown if nothing listens', async () => {
    const { caller } = await find({ credentials: key }, 'http://127.0.0.1:1')
    expect(caller).toEqual({ status: 'unknown', why: 'ECONNREFUSED' })
  })
})

describe('a role that STS refuses', () => {
  const message = `User: arn:aws:iam::123456789012:user/jane is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`
  beforeEach(() => {
    aws.issue = () => ({ code: 'AccessDenied', message })
  })

  it.each<[string, IamTarget, string | undefined]>([
    ['of a profile', { profile: 'login' }, 'shared-config'],
    ['of a profile that should assume another', { profile: 'login', role: `${ROLE}2` }, 'shared-config'],
    ['by a profile', { profile: 'base', role: ROLE }, 'shared-config'],
    ['by credentials that were given', { credentials: key, role: ROLE }, undefined],
  ])('is reported with the source of the credentials: %s', async (_, target, source) => {
    const fault = { code: 'AssumeRole:AccessDenied', message, ...(source === undefined ? {} : { source }) }
    await expect(find(target)).rejects.toMatchObject({ fault })
  })

  it('is not blamed if there are no credentials to assume it with', async () => {
    await expect(find({ role: ROLE })).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS' })
  })
})

describe('a role for which STS sends no answer', () => {
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
  ])('is not blamed if something other than STS answered: %i %s', async (status, body, why) => {
    await using other = await answerHttp(status, body)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', other.url)
    for (const [, target] of ways) {
      const fault = { code: 'not-sts', message: `something other than STS answered: ${why}` }
      await expect(find(target)).rejects.toMatchObject({ fault })
    }
  })

  it.each(ways)('is not blamed if STS or a proxy is down: %s', async (_, target) => {
    await using other = await answerHttp(503, '<html>Service unavailable</html>')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', other.url)
    const fault = { code: 'no-sts', message: 'STS: HTTP status 503' }
    await expect(find(target)).rejects.toMatchObject({ fault })
  })

  it.each(ways)('is not blamed if nothing listens: %s', async (_, target) => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1')
    const fault = { code: 'no-sts', message: 'STS: connect ECONNREFUSED 127.0.0.1:1' }
    await expect(find(target)).rejects.toMatchObject({ fault })
  })

  it('is not blamed if STS does not answer, and neither are its credentials', async () => {
    await using sts = await play(silent)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url)
    await expect(find({ profile: 'base', role: ROLE, timeoutMs: 1000 })).rejects.toMatchObject({
      fault: { code: 'no-sts', message: 'STS: no answer in time' },
    })
  })
})
