import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sharedServer } from '../../../../test/support/shared.ts'
import type { AwsKey, LocalRds, LocalRdsOptions, VerdictReason } from '../../src/index.ts'
import { startLocalRds } from '../../src/index.ts'
import { DRIVERS, openSession, sign, USER, visit, type Who } from '../support/clients.ts'

const KEY: AwsKey = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'first secret' }
const SESSION: AwsKey = {
  accessKeyId: 'ASIAIOSFODNN7SESSION',
  secretAccessKey: 'second secret',
  sessionToken: randomBytes(3000).toString('base64'), // 4,000 characters, as long as those of roles
}

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  let local: LocalRds
  let clockSkewMs = 0
  let known: AwsKey[] = []
  let fault: unknown
  let clock: (() => number) | undefined
  const told: unknown[] = []

  beforeAll(async () => {
    const options: LocalRdsOptions = {
      engine,
      upstream: (await sharedServer(engine)).upstream,
      users: [USER, 'second_user'],
      keys(id) {
        if (fault !== undefined) throw fault
        return known.find((key) => key.accessKeyId === id)
      },
      now: () => clock?.() ?? Date.now() + clockSkewMs,
      onVerdict: (verdict) => told.push(verdict),
    }
    local = await startLocalRds(options)
  })
  afterAll(() => local.stop())
  beforeEach(() => {
    clockSkewMs = 0
    fault = undefined
    clock = undefined
    known = [KEY, SESSION]
    told.length = 0
  })

  describe.each(DRIVERS.filter((driver) => driver.engine === engine))('with $name', ({ open }) => {
    async function refusalOf(who: Who): Promise<void> {
      const error = await open(local, who).then(
        () => undefined,
        (error: unknown) => error,
      )
      const user = who.user ?? USER
      expect(error).toMatchObject(
        engine === 'postgres'
          ? { severity: 'FATAL', code: '28000', message: `PAM authentication failed for user "${user}"` }
          : {
              errno: 1045,
              sqlState: '28000',
              message: expect.stringContaining(
                `Access denied for user '${user}'@'127.0.0.1' (using password: YES)`,
              ),
            },
      )
      expect(told).toEqual([local.verdicts.at(-1)])
      expect(local.verdicts.at(-1)).toMatchObject({
        admitted: false,
        user,
        database: 'app',
        remoteAddress: '127.0.0.1',
      })
    }

    it('a good token is admitted', async () => {
      const client = await open(local, { token: await sign(local, { key: KEY }) })
      await client.end()
      expect(told).toEqual([
        {
          number: expect.any(Number),
          at: expect.any(Date),
          admitted: true,
          reason: 'admitted',
          detail: 'The token is good, and the server accepted the login.',
          user: USER,
          database: 'app',
          keyId: 'AKIA…MPLE',
          tokenAgeMs: expect.any(Number),
          loginMs: expect.any(Number),
          remoteAddress: '127.0.0.1',
        },
      ])
    })

    it('a token with a session token of 4,000 characters is admitted', async () => {
      const client = await open(local, { token: await sign(local, { key: SESSION }) })
      await client.end()
      expect(told).toMatchObject([{ reason: 'admitted', keyId: 'ASIA…SION' }])
    })

    it.each<[VerdictReason, () => string | Promise<string>]>([
      ['not-a-token', () => 'an ordinary password'],
      ['not-a-token', async () => (await sign(local, { key: SESSION })).slice(0, 1000)],
      ['wrong-host', () => sign(local, { key: KEY, host: '127.0.0.1' })],
      ['wrong-session-token', () => sign(local, { key: { ...SESSION, sessionToken: 'old' } })],
      ['wrong-signature', () => sign(local, { key: { ...KEY, secretAccessKey: 'third secret' } })],
    ])('the reason is %s', async (reason, token) => {
      await refusalOf({ token: await token() })
      expect(local.verdicts.at(-1)?.reason).toBe(reason)
    })

    it('the reason is expired for a token that was signed 15 minutes ago', async () => {
      const token = await sign(local, { key: KEY })
      clockSkewMs = 901_000
      await refusalOf({ token })
      expect(local.verdicts.at(-1)).toMatchObject({ reason: 'expired' })
      expect(local.verdicts.at(-1)?.tokenAgeMs).toBeGreaterThan(900_000)
    })

    it('the reason is user-not-allowed for a good token of an unknown user', async () => {
      await refusalOf({ user: 'stranger', token: await sign(local, { key: KEY, user: 'stranger' }) })
      expect(local.verdicts.at(-1)?.reason).toBe('user-not-allowed')
    })

    it('the reason is gate-failed if the function that finds keys throws', async () => {
      fault = new TypeError('no keys today')
      await refusalOf({ token: await sign(local, { key: KEY }) })
      expect(local.verdicts.at(-1)).toMatchObject({
        reason: 'gate-failed',
        detail: expect.stringMatching(/: TypeError: no keys today$/),
      })
    })

    it.each<[string, () => unknown, RegExp]>([
      ['a promise', async () => KEY, /`keys` returned a promise/],
      [
        'a promise that rejects', // must not end the process
        async () => {
          throw new Error('no keys today')
        },
        /`keys` returned a promise/,
      ],
      [
        'a key without a secret',
        () => ({ accessKeyId: KEY.accessKeyId }),
        /`keys` returned a bad key: key.secretAccessKey: missing or empty/,
      ],
      ['null', () => null, /`keys` returned a bad key: key: null; write/],
    ])('the reason is gate-failed if that function returns %s', async (_what, find, error) => {
      known = Object({ find })
      await refusalOf({ token: await sign(local, { key: KEY }) })
      expect(local.verdicts.at(-1)).toMatchObject({
        reason: 'gate-failed',
        detail: expect.stringMatching(error),
      })
    })

    it.each([
      [
        'throws',
        () => {
          throw new TypeError('no time today')
        },
        'TypeError: no time today',
      ],
      ['returns NaN', () => Number.NaN, '`now` returned NaN; return milliseconds'],
      ['returns a big number', () => Object(5n), '`now` returned an object; return milliseconds'],
      [
        'returns a promise that rejects',
        () => Object(Promise.reject(new Error('late'))),
        '`now` returned a promise',
      ],
    ])('the reason is gate-failed if the clock %s', async (_what, broken, error) => {
      const token = await sign(local, { key: KEY })
      const before = Date.now()
      clock = broken
      await refusalOf({ token })
      expect(local.verdicts.at(-1)).toMatchObject({
        reason: 'gate-failed',
        detail: expect.stringContaining(error),
      })
      expect(local.verdicts.at(-1)?.at.getTime()).toBeGreaterThanOrEqual(before)
    })

    it('the reason is server-refused for a missing database, and the client gets the server’s error', async () => {
      const error = await open(local, {
        database: 'nowhere',
        token: await sign(local, { key: KEY }),
      }).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(error).toMatchObject(
        engine === 'postgres'
          ? { code: '3D000', message: 'database "nowhere" does not exist' }
          : {
              errno: 1049,
              sqlState: '42000',
              message: expect.stringContaining("Unknown database 'nowhere'"),
            },
      )
      expect(told).toMatchObject([{ reason: 'server-refused', database: 'nowhere' }])
    })

    it('keys can be rotated while it runs', async () => {
      const rotated = { ...KEY, secretAccessKey: 'rotated secret' }
      const token = await sign(local, { key: rotated })
      await refusalOf({ token })
      known = [rotated]
      await (await open(local, { token })).end()
    })
  })

  it('a refusal without TLS uses RDS’s error', async () => {
    await expect(openSession(local, { tls: false })).rejects.toMatchObject(
      engine === 'postgres'
        ? {
            code: '28000',
            message:
              'pg_hba.conf rejects connection for host "127.0.0.1", user "iam_user", database "app", no encryption',
          }
        : {
            errno: 3159,
            sqlState: 'HY000',
            message: expect.stringContaining(
              'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
            ),
          },
    )
    expect(told).toMatchObject([{ reason: 'no-tls', user: USER, database: 'app' }])
  })

  it('the server’s error is shown on one line without control characters', async () => {
    const token = await sign(local, { key: KEY })
    await expect(visit(local, { token, database: 'no\u001b[2Jwhere' })).rejects.toThrow('where')
    expect(local.verdicts.at(-1)).toMatchObject({
      reason: 'server-refused',
      // MySQL does this itself.
      detail: expect.stringMatching(/no\\(u\{1b\}|001B)\[2Jwhere/),
      database: 'no\\u{1b}[2Jwhere',
    })
  })

  it('no verdict shows a secret, a signature or a token', async () => {
    const token = await sign(local, { key: SESSION })
    await visit(local, { token })
    await visit(local, { token: token.slice(0, -1) }).catch(() => {})
    const shown = JSON.stringify(local.verdicts)
    for (const secret of [
      KEY.accessKeyId,
      KEY.secretAccessKey,
      SESSION.accessKeyId,
      SESSION.secretAccessKey,
      SESSION.sessionToken?.slice(0, 20) ?? '',
      encodeURIComponent(SESSION.sessionToken ?? '').slice(-20),
      token.slice(-64),
    ]) {
      expect(shown).not.toContain(secret)
    }
  })
})
