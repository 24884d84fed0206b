import { describe, expect, it, vi } from 'vitest'
import { LocalRdsError, type LocalRdsOptions, startLocalRds } from '../src/index.ts'
import { completeOptions } from '../src/settings.ts'

/** Options that no type checker would let pass. */
function bad(options: unknown): Promise<unknown> {
  return startLocalRds(options as LocalRdsOptions).then(
    () => 'it started',
    (error: unknown) => error,
  )
}

describe('bad options', () => {
  it('are told all at once, each with what was seen and what to write', async () => {
    const error = await bad({
      engine: 'oracle',
      host: '',
      port: 70000,
      endpoint: { host: 'https://db.example.com/', port: 0 },
      region: 'US EAST',
      users: [],
      database: '',
      keys: 'AKIA',
      now: 5,
      authSwitchData: 'no',
      loginTimeoutMs: 0,
      onVerdict: true,
      dbname: 'app',
    })
    expect(error).toBeInstanceOf(LocalRdsError)
    expect(error).toMatchObject({ name: 'LocalRdsError', code: 'ERR_RDS_IAM_LOCAL_OPTIONS' })
    expect(String(error).split('\n')).toEqual([
      'LocalRdsError: Bad options for startLocalRds:',
      '  dbname: "app"; there is no such option; there are engine, host, port, endpoint, region, users, database, keys, now, upstream, authSwitchData, loginTimeoutMs, onVerdict',
      `  engine: "oracle"; write 'postgres' or 'mysql'`,
      `  host: ""; write an address of this machine, as '127.0.0.1' or '0.0.0.0'`,
      '  port: 70000; write a port, 1 to 65535, or leave it out for a free one',
      `  endpoint.host: "https://db.example.com/"; write a host name without scheme or port, as 'mydb.abc123.eu-west-1.rds.amazonaws.com'`,
      '  endpoint.port: 0; write a port, 1 to 65535, or leave it out for the one listened on',
      `  region: "US EAST"; write a region, as 'eu-west-1'`,
      '  users: []; write a list of one user or more, each of 1 to 63 bytes, without control characters',
      '  database: ""; write a name of 1 to 63 bytes, without control characters',
      '  keys: "AKIA"; write a list of keys, or a function from an id to a key',
      '  now: 5; write a function that returns milliseconds since the epoch',
      '  authSwitchData: "no"; write true or false',
      '  loginTimeoutMs: 0; write a whole number of milliseconds, 1 to 2147483647',
      '  onVerdict: true; write a function',
    ])
  })

  it.each([
    ['no options', undefined, 'engine: not given'],
    ['a user twice', { engine: 'mysql', users: ['a', 'a'] }, 'write each user once'],
    ['a user of 33 bytes, on MySQL', { engine: 'mysql', users: ['ü'.repeat(17)] }, '1 to 32 bytes'],
    ['a user with a line break', { engine: 'mysql', users: ['a\nb'] }, 'without control characters'],
    ['a database with a NUL', { engine: 'postgres', database: 'a\0b' }, 'without control characters'],
    ['the superuser of PostgreSQL', { engine: 'postgres', users: ['postgres'] }, 'are taken'],
    ['one user, where a list is wanted', { engine: 'mysql', users: 'jane' }, 'users: "jane"; write a list'],
    ['no keys', { engine: 'mysql', keys: [] }, 'keys: an empty list'],
    ['nothing for a key', { engine: 'mysql', keys: [null] }, 'keys[0].secretAccessKey: missing or empty'],
    ['a function for a text', { engine: 'mysql', region: () => 'eu-west-1' }, 'region: a function; write'],
    ['an object for a text', { engine: 'mysql', host: new URL('tcp://h') }, 'host: an object; write'],
    [
      'a text without end',
      { engine: 'mysql', region: 'A'.repeat(500) },
      `region: "${'A'.repeat(59)}…; write`,
    ],
    [
      'an upstream of the other engine',
      { engine: 'mysql', upstream: 'postgres://h/d' },
      'upstream: postgres://h/d; write mysql://',
    ],
    ['an upstream that is no URL', { engine: 'mysql', upstream: 'localhost' }, 'upstream: not a URL'],
    ['an upstream without a host', { engine: 'postgres', upstream: 'postgres:///app' }, 'it names no host'],
    [
      'an upstream badly escaped',
      { engine: 'postgres', upstream: 'postgres://u%zz:p@h/d' },
      'write a % in a user',
    ],
  ])('such as %s are told', async (_name, options, problem) => {
    expect(String(await bad(options))).toContain(problem)
  })

  it('never show a secret or a password', async () => {
    const keys = [
      { accessKeyId: 'hunter2 in the wrong place', secretAccessKey: '' },
      { accessKeyId: 'AKIAGOOD', secretAccessKey: 'hunter2', sessionToken: 5, expiration: 'tomorrow' },
      { accessKeyId: 'AKIAGOOD', secretAccessKey: 'hunter2' },
    ]
    for (const upstream of [
      'mysql://me:hunter2@h/d?x=hunter2',
      'postgres://me:hunter2%zz@h/d',
      'postgres//me:hunter2@h',
      'me:hunter2@h/d',
      'mysql://me:5#hunter2@h',
    ]) {
      const error = String(await bad({ engine: 'postgres', keys, upstream }))
      expect(error).not.toContain('hunter2')
      expect(error).toContain('upstream: ')
      for (const field of [
        '0].accessKeyId',
        '0].secretAccessKey',
        '1].sessionToken',
        '1].expiration',
        '2].accessKeyId',
      ]) {
        expect(error).toContain(`keys[${field}: `)
      }
    }
  })
})

describe('the endpoint', () => {
  it('says the region by its name, and is written as it is signed', () => {
    const endpoint = { host: 'DB.C9akciq32rgh.eu-central-1.RDS.amazonaws.com.' }
    expect(completeOptions({ engine: 'mysql', endpoint })).toMatchObject({
      endpoint: { host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com' },
      region: 'eu-central-1',
    })
    expect(completeOptions({ engine: 'mysql', endpoint, region: 'eu-west-1' }).region).toBe('eu-west-1')
  })
})

describe('options left out', () => {
  it('are completed', () => {
    expect(completeOptions({ engine: 'mysql' })).toEqual({
      engine: 'mysql',
      host: '127.0.0.1',
      port: 0,
      endpoint: { host: 'localhost', port: undefined },
      region: 'us-east-1',
      users: ['iam_user'],
      database: 'app',
      keys: [
        {
          accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
          secretAccessKey: expect.stringMatching(/^.{40}$/),
        },
      ],
      now: expect.any(Function),
      upstream: undefined,
      authSwitchData: true,
      loginTimeoutMs: 10_000,
      onVerdict: undefined,
    })
  })

  it('have a key of their own each time', () => {
    expect(completeOptions({ engine: 'mysql' }).keys).not.toEqual(completeOptions({ engine: 'mysql' }).keys)
  })

  it('follow the clock of the test that runs', () => {
    const { now } = completeOptions({ engine: 'mysql' })
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 })
    expect(now()).toBe(1000)
    vi.useRealTimers()
  })

  it('take the database from upstream', () => {
    const { database, upstream } = completeOptions({
      engine: 'postgres',
      upstream: 'postgresql://me@[::1]/my%20db',
    })
    expect(database).toBe('my db')
    expect(upstream).toMatchObject({ host: '::1', port: 5432, user: 'me', password: '' })
  })
})
