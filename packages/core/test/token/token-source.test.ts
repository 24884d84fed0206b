import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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

/** Credentials numbered by resolution, so that a token tells which one signed it. */
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

/** Waits for an event of a channel, while `act` is under way. */
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
  it('signs once for all who call at once, and caches', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    const tokens = await Promise.all(Array.from({ length: 50 }, () => source.get()))
    expect(new Set(tokens).size).toBe(1)
    expect(await source.get()).toBe(tokens[0])
    expect(credentials).toHaveBeenCalledTimes(1)
  })

  it('shares one resolution of credentials with other endpoints of the same identity', async () => {
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

  it('hands out a token until 60 s before its end, and then a new one', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    pass(14 * MINUTE)
    credentials.mockRejectedValueOnce(new Error('down'))
    await published(channels.renewalFailed, async () => expect(keyOf(await source.get())).toBe(1))
    pass(1)
    expect(keyOf(await source.get())).toBe(2)
  })

  it('hands out a token until 60 s before its credentials end, and then a new one', async () => {
    const credentials = numbered(8 * MINUTE)
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    pass(7 * MINUTE)
    credentials.mockRejectedValueOnce(new Error('down'))
    await published(channels.renewalFailed, async () => expect(keyOf(await source.get())).toBe(1))
    pass(1)
    expect(keyOf(await source.get())).toBe(2)
  })

  it('hands out the old token while the next is being signed', async () => {
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

  it('tries a failed renewal again after growing pauses, and keeps the old token meanwhile', async () => {
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

  it('is not kept from a renewal by a pause that began before the clock jumped back', async () => {
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

  it('shares a renewal although the one that it replaced ends meanwhile', async () => {
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

  it('renews at last, when its key is in doubt and the first renewal for that failed', async () => {
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

  it("gives the renewal's error, with its cause, when nothing good is left", async () => {
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

  it('signs with the credentials at hand while they live, when no others can be had', async () => {
    const credentials = numbered(60 * MINUTE)
    const source = createTokenSource({ ...target, credentials })
    await source.get()
    credentials.mockRejectedValue(new Error('metadata service is down'))
    pass(20 * MINUTE)
    const second = await source.get()
    expect(keyOf(second)).toBe(1)
    expect(await source.get()).toBe(second)
    pass(20 * MINUTE)
    expect(keyOf(await source.get())).toBe(1) // at once, for renewals are known to fail
    source.invalidate()
    await expect(source.get()).rejects.toThrow('metadata service is down')
  })

  it('does not ask at every call for better credentials than those that are near their end', async () => {
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
    ['an hour in the freezer', 60 * MINUTE],
    ['a jump forward by a year', 365 * 24 * 60 * MINUTE],
    ['a jump back by a day', -24 * 60 * MINUTE],
    ['a jump back by 10 seconds', -10_000],
  ])('signs anew after %s', async (_what, ms) => {
    const source = createTokenSource({ ...target, credentials: numbered() })
    await source.get()
    pass(ms)
    const token = await source.get()
    expect(keyOf(token)).toBe(2)
    expect(token).toContain(`X-Amz-Date=${new Date(Date.now()).toISOString().replace(/[-:]|\.\d+/g, '')}`)
    expect(await source.get()).toBe(token)
  })

  it('has a current token from the first signing until 60 s before its end, and renews it as get() does', async () => {
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

  it('has no current token when another endpoint found out that its key was rejected', async () => {
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

  it('tells all who hold a token of the same key that it was rejected, so that one login finds out', async () => {
    const credentials = numbered()
    const writer = createTokenSource({ ...target, credentials })
    const reader = createTokenSource({ ...target, host: `reader.${target.host.slice(3)}`, credentials })
    const [token] = await Promise.all([writer.get(), reader.get()])
    writer.invalidate(token)
    expect(keyOf(await reader.get())).toBe(2)
    expect(keyOf(await writer.get())).toBe(2)
    expect(credentials).toHaveBeenCalledTimes(2)
  })

  it('does not sign anew all the time because another endpoint rejects whatever it is sent', async () => {
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

  it('does not hand out a token that was being signed when the credentials were rejected', async () => {
    const credentials = numbered()
    const source = createTokenSource({ ...target, credentials })
    const pending = source.get()
    source.invalidate()
    expect(keyOf(await pending)).toBe(2)
    expect(keyOf(await source.get())).toBe(2)
  })
})

describe('a clock', () => {
  /** Has Date.now() return what `at` makes of the time and the number of the call; yields what it returned last. */
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

  it('that stands still is gone by', async () => {
    replaceClock(() => START - 365 * 24 * 60 * MINUTE)
    const source = createTokenSource({ ...target, credentials: numbered(60 * MINUTE) })
    expect(await source.get()).toContain('X-Amz-Date=20251122T120000Z')
  })

  it.each(Array.from({ length: 12 }, (_, n) => n + 1))(
    'that leaps once, at look no. %i, has nobody get a token that is too old',
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
        ({ code }: RdsIamError) => code === 'ERR_RDS_IAM_CREDENTIALS_EXPIRED', // it leapt before they were looked at
      )
      expect(outcome).toBe(true)
    },
  )

  it.each([
    ['leaps at every look', (now: number, call: number) => now + call * 15 * MINUTE],
    ['runs backwards', (now: number, call: number) => now - call * MINUTE],
    ['tells no time', () => Number.NaN],
  ])('that %s is an error that names the clock, and no endless wait', async (_, at) => {
    const source = createTokenSource({ ...target, credentials: numbered(30 * MINUTE) })
    replaceClock(at)
    await expect(source.get()).rejects.toThrow(/This machine's clock|check this machine's clock/)
  })
})

describe('credentials', () => {
  it('that have ended are an error that tells both times', async () => {
    const source = createTokenSource({ ...target, credentials: numbered(-MINUTE) })
    await expect(source.get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_EXPIRED',
      message: expect.stringMatching(
        /have expired.* 2026-11-22T11:59:00.000Z, and now it is 2026-11-22T12:00:00.000Z/,
      ),
    })
  })

  it('that end within 60 s are an error that tells both times', async () => {
    const source = createTokenSource({ ...target, credentials: numbered(MINUTE - 1) })
    await expect(source.get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_EXPIRED',
      message: expect.stringContaining('have 59 s left'),
    })
  })

  it('that live too shortly when the clock goes back leave the token before the newest', async () => {
    let lifeMs: number | undefined
    const credentials = vi.fn(async () => numbered(lifeMs)())
    const source = createTokenSource({ ...target, credentials })
    const first = await source.get()
    pass(10 * MINUTE + 1_000)
    expect(await source.get()).toBe(first) // and a new one is signed behind
    await new Promise(setImmediate)
    expect(await source.get()).not.toBe(first)
    lifeMs = MINUTE / 2
    pass(-30_000)
    expect(await source.get()).toBe(first)
    source.invalidate(first) // rejected, it does not come back
    await expect(source.get()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS_EXPIRED' })
  })

  it('that end as the clock leaps before they are looked at are resolved anew', async () => {
    const source = createTokenSource({ ...target, credentials: numbered(MINUTE + 1_000) })
    await source.get()
    pass(-1_000)
    const leapt = source.get()
    pass(10 * MINUTE)
    expect(keyOf(await leapt)).toBe(2)
  })

  it('that another endpoint has got, and that are near their end meanwhile, are resolved anew', async () => {
    const credentials = numbered(MINUTE + 1_000)
    expect(keyOf(await createTokenSource({ ...target, credentials }).get())).toBe(1)
    pass(2_000)
    expect(keyOf(await createTokenSource({ ...target, user: 'joe', credentials }).get())).toBe(2)
  })

  it('of a profile that end within 60 s are an error that names it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
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
    rmSync(folder, { recursive: true })
  })

  it('that fail with something other than an error are told by what it says', async () => {
    const credentials = () => Promise.reject('the vault is sealed')
    await expect(createTokenSource({ ...target, credentials }).get()).rejects.toThrow(/"the vault is sealed"/)
  })

  it('that do not come in time are an error of their own', async () => {
    const credentials = () => new Promise<never>(() => {})
    const source = createTokenSource({ ...target, credentials, timeoutMs: 20 })
    await expect(source.get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT',
      message: expect.stringContaining('within 20 ms.'),
    })
  })

  it('that hold no key are an error', async () => {
    const source = createTokenSource({
      ...target,
      credentials: async () => ({ accessKeyId: '', secretAccessKey: '' }),
    })
    await expect(source.get()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS' })
  })

  it('that are nowhere to be found are an error that lists the sources tried', async () => {
    for (const name of Object.keys(process.env).filter((name) => name.startsWith('AWS_')))
      vi.stubEnv(name, undefined)
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
      'No AWS credentials could be resolved: Could not load credentials from any providers.',
      'Sources tried, in this order:',
      expect.stringMatching(/- environment variables: Unable to find environment variable credentials/),
      expect.stringMatching(/- shared config files: .*\[default\]/),
      expect.stringMatching(/- credential_process: /),
      expect.stringMatching(/- web identity token: /),
      expect.stringMatching(/- EC2 metadata service/),
    ])
  })
})
