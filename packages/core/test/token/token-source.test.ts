import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { channels, createTokenSource, type RdsIamError } from '../../src/index.ts'
import { suspect } from '../../src/token/suspects.ts'
import { tokenSource } from '../../src/token/token-source.ts'

const MINUTE = 60_000
const START = Date.parse('2026-11-22T12:00:00Z')
const target = {
  engine: 'postgres',
  host: 'db.abc.eu-central-1.rds.amazonaws.com',
  user: 'jane_doe',
} as const

const endpoint = {
  port: 5432,
  database: undefined,
  region: 'eu-central-1',
  kind: undefined,
  via: undefined,
} as const
const identity = { profile: undefined, role: undefined, region: 'eu-central-1', timeoutMs: 10_000 }

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

let series = 0

/** Credentials numbered by resolution, so that a token shows which one signed it. */
function numbered(lifeMs?: number) {
  const name = `ASIASERIES${String(++series).padStart(3, '0')}N`
  let number = 0
  return vi.fn(async () => ({
    accessKeyId: `${name}${String(++number).padStart(3, '0')}`,
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
    sessionToken: 'session',
    ...(lifeMs === undefined ? {} : { expiration: new Date(Date.now() + lifeMs) }),
  }))
}

/** Waits for an event on a channel while `act` runs. */
async function published(name: string, act: () => Promise<unknown>): Promise<unknown> {
  const event = new Promise((resolve) => {
    const listener = (message: unknown): void => {
      unsubscribe(name, listener)
      resolve(message)
    }
    subscribe(name, listener)
  })
  await act()
  return event
}

/** Lets all that is under way go as far as it can. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

function signedAt(token: string): number {
  return Date.parse(token.replace(/.*X-Amz-Date=(....)(..)(..)T(..)(..)(..)Z.*/, '$1-$2-$3T$4:$5:$6Z'))
}

function keyOf(token: string): number {
  return Number(/ASIASERIES\d{3}N(\d+)/.exec(token)?.[1])
}

describe('a token source', () => {
  it('signs once for all concurrent callers, and caches the token', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    const tokens = await Promise.all(Array.from({ length: 50 }, () => source.get()))
    expect(new Set(tokens).size).toBe(1)
    expect(await source.get()).toBe(tokens[0])
    expect(credentials).toHaveBeenCalledTimes(1)
  })

  it('shares one resolution of credentials with other endpoints that have the same identity', async () => {
    const credentials = numbered()
    const sources = Array.from({ length: 50 }, (_, n) =>
      createTokenSource({ ...target, user: `user_${n}`, credentials }),
    )
    const tokens = await Promise.all(sources.map((source) => source.get()))
    expect(new Set(tokens).size).toBe(50)
    expect(credentials).toHaveBeenCalledTimes(1)
    pass(6_000)
    await createTokenSource({ ...target, user: 'late', credentials }).get()
    expect(credentials).toHaveBeenCalledTimes(2)
  })

  it('shares no resolution of keys that have changed in the environment since', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG/bPxRfi')
    const keyIds = ['AKIAFIRSTINTHEENV001', 'AKIANEXTINTHEENV0002'].map(async (keyId) => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', keyId)
      return /Credential=(\w+)/.exec(await createTokenSource(target).get())?.[1]
    })
    expect(await Promise.all(keyIds)).toEqual(['AKIAFIRSTINTHEENV001', 'AKIANEXTINTHEENV0002'])
  })

  it.each([
    ['it expires', undefined, 14 * MINUTE],
    ['its credentials expire', 8 * MINUTE, 7 * MINUTE],
  ])('returns a token until 60 s before %s, then a new one', async (_, lifeMs, ms) => {
    const credentials = numbered(lifeMs)
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    pass(ms)
    credentials.mockRejectedValueOnce(new Error('down'))
    await published(channels.renewalFailed, async () => expect(keyOf(await source.get())).toBe(1))
    pass(1)
    expect(keyOf(await source.get())).toBe(2)
  })

  it('returns the old token while the next is being signed', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    pass(11 * MINUTE)
    const event = await published(channels.tokenSigned, async () => expect(keyOf(await source.get())).toBe(1))
    expect(keyOf(await source.get())).toBe(2)
    expect(event).toEqual({
      endpoint: 'db.abc.eu-central-1.rds.amazonaws.com:5432',
      user: 'jane_doe',
      region: 'eu-central-1',
      keyId: 'ASIA…N002',
      lifeMs: 15 * MINUTE,
    })
  })

  it('retries a failed renewal after increasing delays, and keeps the old token until then', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    credentials.mockRejectedValue(new Error('metadata service is down'))
    pass(10 * MINUTE + 1)

    const attemptsAt: number[] = []
    const events: unknown[] = []
    for (let second = 0; second < 120; second++) {
      const before = credentials.mock.calls.length
      const event = published(channels.renewalFailed, async () => expect(keyOf(await source.get())).toBe(1))
      await source.get()
      await new Promise(setImmediate)
      if (credentials.mock.calls.length > before) {
        attemptsAt.push(second)
        events.push(await event)
      }
      pass(1_000)
    }
    expect(attemptsAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91])
    expect(events[0]).toMatchObject({
      user: 'jane_doe',
      error: { code: 'ERR_RDS_IAM_CREDENTIALS', cause: { message: 'metadata service is down' } },
    })
  })

  it('renews although the clock jumped back during the pause after a failed renewal', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    pass(11 * MINUTE)
    credentials.mockRejectedValueOnce(new Error('down'))
    await published(channels.renewalFailed, () => source.get())
    pass(-30_000)
    await published(channels.tokenSigned, () => source.get())
    expect(credentials).toHaveBeenCalledTimes(3)
  })

  it('shares a renewal even if the renewal that it replaced ends first', async () => {
    const key = { accessKeyId: 'ASIASHAREDRENEWAL001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
    let fail = (_: Error): void => {}
    let succeed = (): void => {}
    const credentials = vi
      .fn(async () => key)
      .mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)))
      .mockImplementationOnce(() => new Promise((resolve) => (succeed = () => resolve(key))))
    const source = createTokenSource({ ...target, credentials })
    const outdated = expect(source.get()).rejects.toThrow('down')
    await settled()
    source.invalidate()
    const second = source.get()
    await settled()
    fail(new Error('down'))
    await outdated
    const third = source.get()
    const signed = vi.fn()
    subscribe(channels.tokenSigned, signed)
    succeed()
    await Promise.all([second, third])
    unsubscribe(channels.tokenSigned, signed)
    expect(signed).toHaveBeenCalledTimes(1)
  })

  it('retries the renewal that follows a rejected key if it failed', async () => {
    const credentials = numbered(6 * 60 * MINUTE)
    const source = createTokenSource({ ...target, credentials })
    const token = await source.get()
    pass(MINUTE)
    suspect(/ASIASERIES\w+/.exec(token)?.[0] ?? '')
    credentials.mockRejectedValueOnce(new Error('out of order'))
    await published(channels.renewalFailed, async () => expect(keyOf(await source.get())).toBe(1))
    pass(MINUTE)
    await published(channels.tokenSigned, () => source.get())
    await vi.waitFor(async () => expect(keyOf(await source.get())).toBe(2), 30_000)
    const renewed = await source.get()
    expect(await source.get()).toBe(renewed)
    expect(credentials).toHaveBeenCalledTimes(3)
  })

  it("rejects with the renewal's error and its cause when no valid token is left", async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    credentials.mockRejectedValue(new Error('metadata service is down'))
    pass(14 * MINUTE + 1)
    await expect(source.get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS',
      message: expect.stringContaining('metadata service is down'),
      cause: expect.objectContaining({ message: 'metadata service is down' }),
    })
    credentials.mockReset()
    credentials.mockImplementation(numbered())
    expect(keyOf(await source.get())).toBe(1)
  })

  it('signs with the current credentials while they are valid, if no others are available', async () => {
    const credentials = numbered(60 * MINUTE)
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    credentials.mockRejectedValue(new Error('metadata service is down'))
    pass(20 * MINUTE)
    const second = await source.get()
    expect(keyOf(second)).toBe(1)
    expect(await source.get()).toBe(second)
    pass(20 * MINUTE)
    expect(keyOf(await source.get())).toBe(1) // at once, because the last renewal failed
    source.invalidate()
    await expect(source.get()).rejects.toThrow('metadata service is down')
  })

  it('does not resolve credentials at every call while they are about to expire', async () => {
    const credentials = numbered(4 * MINUTE)
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    const signed = vi.fn()
    subscribe(channels.tokenSigned, signed)
    for (let second = 0; second < 30; second++) {
      pass(1_000)
      await source.get()
      await settled()
    }
    unsubscribe(channels.tokenSigned, signed)
    expect(credentials.mock.calls.length).toBeLessThanOrEqual(6)
    expect(signed.mock.calls.length).toBeLessThanOrEqual(6)
  })

  it.each([
    ['an hour of suspension', 60 * MINUTE],
    ['a jump forward by a year', 365 * 24 * 60 * MINUTE],
    ['a jump back by a day', -24 * 60 * MINUTE],
    ['a jump back by 10 seconds', -10_000],
  ])('signs a new token after %s', async (_what, ms) => {
    const source = createTokenSource({ ...target, credentials: numbered() })
    await source.get()
    pass(ms)
    const token = await source.get()
    expect(keyOf(token)).toBe(2)
    expect(token).toContain(`X-Amz-Date=${new Date(Date.now()).toISOString().replace(/[-:]|\.\d+/g, '')}`)
    expect(await source.get()).toBe(token)
  })

  it('has a current token from the first signing until 60 s before it expires, and renews it like get()', async () => {
    const credentials = numbered()
    const source = tokenSource({ ...endpoint, ...target }, { ...identity, credentials })
    expect(source.current()).toBeUndefined()
    const first = await source.get()
    expect(source.current()).toBe(first)
    pass(11 * MINUTE)
    await published(channels.tokenSigned, async () => expect(source.current()).toBe(first))
    const second = source.current()
    expect(keyOf(second ?? '')).toBe(2)
    source.invalidate(second)
    expect(source.current()).toBeUndefined()
    await source.get()
    pass(14 * MINUTE + 1)
    expect(source.current()).toBeUndefined()
  })

  it('has no current token after another endpoint learned that its key is rejected', async () => {
    const credentials = numbered()
    const [writer, reader] = ['writer', 'reader'].map((user) =>
      tokenSource({ ...endpoint, ...target, user }, { ...identity, credentials }),
    )
    await Promise.all([writer?.get(), reader?.get()])
    writer?.invalidate()
    expect(reader?.current()).toBeUndefined()
  })

  it('signs with credentials resolved after the rejection', async () => {
    const source = createTokenSource({ ...target, credentials: numbered() })
    const old = await source.get()
    source.invalidate(old)
    const fresh = await source.get()
    expect(keyOf(fresh)).toBe(2)
    source.invalidate(old) // 49 other logins with the old token come back rejected
    expect(await source.get()).toBe(fresh)
    source.invalidate()
    expect(keyOf(await source.get())).toBe(3)
  })

  it('drops all tokens signed with a rejected key, so that only one login fails', async () => {
    const credentials = numbered()
    const writer = createTokenSource({ ...target, credentials })
    const reader = createTokenSource({ ...target, host: `reader.${target.host.slice(3)}`, credentials })
    const [token] = await Promise.all([writer.get(), reader.get()])
    writer.invalidate(token)
    expect(keyOf(await reader.get())).toBe(2)
    expect(keyOf(await writer.get())).toBe(2)
    expect(credentials).toHaveBeenCalledTimes(2)
  })

  it('does not keep signing because another endpoint rejects every token', async () => {
    const key = { accessKeyId: 'AKIAREJECTEDBYONEDB1', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
    const credentials = vi.fn(async () => key)
    const [failing, fine] = ['failing', 'fine'].map((user) =>
      createTokenSource({ ...target, user, credentials }),
    )
    const tokens = new Set<string | undefined>()
    for (let second = 0; second < 50; second++) {
      failing?.invalidate(await failing.get())
      tokens.add(await fine?.get())
      pass(1_000)
    }
    expect(tokens.size).toBe(2)
  })

  it('does not return a token that was being signed when the credentials were rejected', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    const pending = source.get()
    source.invalidate()
    expect(keyOf(await pending)).toBe(2)
    expect(keyOf(await source.get())).toBe(2)
  })
})

describe('a clock', () => {
  /** Makes Date.now() return `at(time, number of the call)`. Returns a function for the last value. */
  function replaceClock(at: (now: number, call: number) => number): () => number {
    let calls = 0
    let last = Number.NaN
    const now = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => {
      last = at(now(), ++calls)
      return last
    })
    return () => last
  }

  it('that does not advance is accepted', async () => {
    replaceClock(() => START - 365 * 24 * 60 * MINUTE)
    const source = createTokenSource({ ...target, credentials: numbered(60 * MINUTE) })
    expect(await source.get()).toContain('X-Amz-Date=20251122T120000Z')
  })

  it.each(Array.from({ length: 12 }, (_, n) => n + 1))(
    'that jumps once, at call no. %i, never causes a token that is too old',
    async (leap) => {
      const ends = [0]
      const credentials = async () => {
        const key = await numbered(11 * MINUTE)()
        const number = ends.push(key.expiration?.getTime() ?? 0) - 1
        return { ...key, accessKeyId: `ASIASERIES000N${number}` }
      }
      const source = createTokenSource({ ...target, credentials })
      const lastLook = replaceClock((now, call) => (call < leap ? now : now + 10 * MINUTE + 1))
      const outcome = await source.get().then(
        (token) => Math.min(signedAt(token) + 15 * MINUTE, ends[keyOf(token)] ?? 0) - lastLook() >= MINUTE,
        ({ code }: RdsIamError) => code === 'ERR_RDS_IAM_CREDENTIALS_EXPIRED', // it jumped before they were checked
      )
      expect(outcome).toBe(true)
    },
  )

  it.each([
    ['jumps at every call', (now: number, call: number) => now + call * 15 * MINUTE],
    ['runs backwards', (now: number, call: number) => now - call * MINUTE],
    ['returns NaN', () => Number.NaN],
  ])('that %s causes an error that names the clock, and no endless loop', async (_, at) => {
    const source = createTokenSource({ ...target, credentials: numbered(30 * MINUTE) })
    replaceClock(at)
    await expect(source.get()).rejects.toThrow(/This machine's clock|check this machine's clock/)
  })
})

describe('credentials', () => {
  it.each([
    [-MINUTE, /have expired.* 2026-11-22T11:59:00.000Z, and now it is 2026-11-22T12:00:00.000Z/],
    [MINUTE - 1, /have 59 s left/],
  ])('that expire in %i ms cause an error that says so', async (lifeMs, message) => {
    const source = createTokenSource({ ...target, credentials: numbered(lifeMs) })
    await expect(source.get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_EXPIRED',
      message: expect.stringMatching(message),
    })
  })

  it('that are too short-lived after the clock goes back do not replace the previous token', async () => {
    let lifeMs: number | undefined
    const credentials = vi.fn(async () => numbered(lifeMs)())
    const source = createTokenSource({ ...target, credentials })
    const first = await source.get()
    pass(10 * MINUTE + 1_000)
    expect(await source.get()).toBe(first) // and a new one is signed in the background
    await new Promise(setImmediate)
    expect(await source.get()).not.toBe(first)
    lifeMs = MINUTE / 2
    pass(-30_000)
    expect(await source.get()).toBe(first)
    source.invalidate(first) // once rejected, it doesn't come back
    await expect(source.get()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS_EXPIRED' })
  })

  it('that expire because the clock jumps before they are checked are resolved again', async () => {
    const source = createTokenSource({ ...target, credentials: numbered(MINUTE + 1_000) })
    await source.get()
    pass(-1_000)
    const leapt = source.get()
    pass(10 * MINUTE)
    expect(keyOf(await leapt)).toBe(2)
  })

  it('that another endpoint resolved, and that are about to expire, are resolved again', async () => {
    const credentials = numbered(MINUTE + 1_000)
    expect(keyOf(await createTokenSource({ ...target, credentials }).get())).toBe(1)
    pass(2_000)
    expect(keyOf(await createTokenSource({ ...target, user: 'joe', credentials }).get())).toBe(2)
  })

  it('of a profile that expire within 60 s cause an error that names the profile', async () => {
    const folder = newFolder()
    const answer = { Version: 1, AccessKeyId: 'ASIASOON', SecretAccessKey: 'k', SessionToken: 's' }
    const Expiration = new Date(START + MINUTE / 2)
    writeFileSync(
      join(folder, 'answer.cjs'),
      `console.log(${JSON.stringify(JSON.stringify({ ...answer, Expiration }))})`,
    )
    const command = `"${process.execPath}" "${join(folder, 'answer.cjs')}"`
    writeFileSync(join(folder, 'config'), `[profile soon]\ncredential_process = ${command}\n`)
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
    await expect(createTokenSource({ ...target, profile: 'soon' }).get()).rejects.toThrow(
      'The AWS credentials from profile soon have 30 s left',
    )
  })

  it('that fail with something other than an Error are reported with its text', async () => {
    const credentials = () => Promise.reject('the vault is sealed')
    await expect(createTokenSource({ ...target, credentials }).get()).rejects.toThrow(/"the vault is sealed"/)
  })

  it('that take too long cause a separate error', async () => {
    const credentials = () => new Promise<never>(() => {})
    const source = createTokenSource({ ...target, credentials, timeoutMs: 20 })
    await expect(source.get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT',
      message: expect.stringContaining('within 20 ms.'),
    })
  })

  it('with an AWS_CREDENTIAL_EXPIRATION that is not a date are used', async () => {
    vi.stubEnv('AWS_PROFILE', undefined)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI')
    vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', 'soon')
    expect(await createTokenSource(target).get()).toContain('X-Amz-Signature=')
  })

  it('that contain no key cause an error', async () => {
    const source = createTokenSource({
      ...target,
      credentials: async () => ({ accessKeyId: '', secretAccessKey: '' }),
    })
    await expect(source.get()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS' })
  })

  it('that are not found cause an error that lists the sources tried', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials')
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:9') // nothing listens there
    vi.useRealTimers()
    const error: RdsIamError = await createTokenSource(target)
      .get()
      .then(
        () => expect.unreachable(),
        (error: RdsIamError) => error,
      )
    expect(error.code).toBe('ERR_RDS_IAM_CREDENTIALS')
    expect(error.message.split('\n')).toEqual([
      'No AWS credentials could be resolved: no source has any. Set AWS_PROFILE, or give the instance, task or function a role.',
      'Sources tried, in this order:',
      expect.stringMatching(/- environment variables: Unable to find environment variable credentials/),
      expect.stringMatching(/- shared config files: .*\[default\]/),
      expect.stringMatching(/- credential_process: /),
      expect.stringMatching(/- web identity token: /),
      expect.stringMatching(/- EC2 metadata service/),
    ])
    expect(error.tried).toEqual([
      {
        source: 'environment',
        reason: expect.stringMatching(/^Unable to find environment variable credentials/),
      },
      { source: 'shared-config', reason: expect.stringContaining('[default]') },
      { source: 'process', reason: expect.any(String) },
      { source: 'web-identity', reason: expect.any(String) },
      { source: 'instance-metadata', reason: expect.any(String) },
    ])
  })

  it('that are not found cause an error without a secret that a reason quotes', async () => {
    const secret = 'pasted/into/the/wrong/variable'
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret)
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    const error = await createTokenSource({ ...target, profile: secret })
      .get()
      .catch((error: unknown) => error)
    expect(Object(error).tried[0]).toEqual({
      source: 'shared-config',
      reason: expect.stringContaining('profile: […]'),
    })
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(secret)
  })
})
