import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { LocalRdsError, type LocalRdsOptions, startLocalRds } from '../../src/index.ts'
import { completeOptions } from '../../src/options/complete-options.ts'

/** Options that TypeScript would refuse. */
function bad(options: unknown): Promise<unknown> {
  return startLocalRds(options as LocalRdsOptions).then(
    () => 'it started',
    (error: unknown) => error,
  )
}

describe('bad options', () => {
  it.each<[string, object]>([
    ['an object that is no text', { users: [Object.create(null)] }],
    ['a symbol', { users: [Symbol('jane_doe')] }],
    ['a host that is no text', { endpoint: { host: Object.create(null) } }],
  ])('cause an error of ours: %s', async (_, options) => {
    expect(await bad({ engine: 'postgres', ...options })).toMatchObject({ code: 'ERR_RDS_IAM_LOCAL_OPTIONS' })
  })

  it('are shown without control characters, in names and in values', async () => {
    const error = await bad({ engine: 'postgres\x9b31m', region: '\u202e', '\x1b[31m': 5 })
    expect(String(error).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u)
  })

  it('exclude undefined ones, whatever their names', () => {
    const options = { engine: 'postgres', dbname: undefined, endpoint: { name: undefined } }
    expect(() => completeOptions(options as LocalRdsOptions)).not.toThrow()
  })

  it('are all reported at once, each with the value and what to write instead', async () => {
    const error = await bad({
      engine: 'oracle',
      host: '',
      port: 70000,
      endpoint: { host: 'https://db.example.com/', port: 0, name: 'x' },
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
      '  dbname: no such option; the options are engine, host, port, endpoint, region, users, database, keys, now, upstream, authSwitchData, loginTimeoutMs, onVerdict',
      `  engine: "oracle"; write 'postgres' or 'mysql'`,
      '  endpoint.name: no such option; the options are host, port',
      `  host: ""; write an address of this machine, such as '127.0.0.1' or '0.0.0.0'`,
      '  port: 70000; write a port from 1 to 65535, or leave it out to get a free port',
      `  endpoint.host: "https://db.example.com/"; write a host name without scheme or port, such as 'mydb.abc123.eu-west-1.rds.amazonaws.com'`,
      '  endpoint.port: 0; write a port from 1 to 65535, or leave it out to use the listening port',
      `  region: "US EAST"; write a region, such as 'eu-west-1'`,
      '  users: []; write a list of at least one user, each of 1 to 63 bytes of Unicode without control characters',
      '  database: ""; write a name of 1 to 63 bytes of Unicode without control characters',
      '  keys: a string; write a list of keys, or a function that takes an ID and returns a key',
      '  now: 5; write a function that returns milliseconds since the epoch',
      '  authSwitchData: "no"; write true or false',
      '  loginTimeoutMs: 0; write a whole number of milliseconds from 1 to 2147483647',
      '  onVerdict: true; write a function',
    ])
    expect(Object(error).problems[1]).toEqual({
      option: 'engine',
      seen: '"oracle"',
      instead: "write 'postgres' or 'mysql'",
    })
  })

  it.each([
    ['no options', undefined, 'engine: not given'],
    [
      'MySQL at an endpoint of Aurora DSQL',
      { engine: 'mysql', endpoint: { host: 'abc.dsql.us-east-1.on.aws' } },
      `engine: "mysql"; write 'postgres': Aurora DSQL`,
    ],
    ['null for the options', null, 'options: null; write an object with engine'],
    ['a string for the options', 'postgres', 'options: a string; write an object with engine'],
    ['a user twice', { engine: 'mysql', users: ['a', 'a'] }, 'write each user once'],
    ['a user of 33 bytes, on MySQL', { engine: 'mysql', users: ['ü'.repeat(17)] }, '1 to 32 bytes'],
    ['a user with a line break', { engine: 'mysql', users: ['a\nb'] }, 'without control characters'],
    ['half a surrogate pair as a user', { engine: 'mysql', users: ['\ud800'] }, 'users: ["\\ud800"]; write'],
    [
      'half a surrogate pair as the database',
      { engine: 'mysql', database: 'a\udc00' },
      'database: "a\\udc00"',
    ],
    ['a database with a NUL', { engine: 'postgres', database: 'a\0b' }, 'without control characters'],
    ['the superuser of PostgreSQL', { engine: 'postgres', users: ['postgres'] }, 'are reserved'],
    ['a user instead of a list', { engine: 'mysql', users: 'jane' }, 'users: "jane"; write a list'],
    [
      'a number for the endpoint',
      { engine: 'mysql', endpoint: 5 },
      'endpoint: a number; write an object with host',
    ],
    ['a host with an empty label', { engine: 'mysql', endpoint: { host: 'a..b' } }, 'endpoint.host: "a..b"'],
    ['no keys', { engine: 'mysql', keys: [] }, 'keys: an empty list'],
    ['null for a key', { engine: 'mysql', keys: [null] }, 'keys[0]: null; write { accessKeyId'],
    ['a very long text', { engine: 'mysql', region: 'A'.repeat(500) }, `region: "${'A'.repeat(59)}…; write`],
  ])('such as %s are reported', async (_name, options, problem) => {
    expect(String(await bad(options))).toContain(problem)
  })

  it.each([
    ['of the other engine', 'mysql://h/d', 'upstream: mysql://h/d; write postgres://'],
    ['that is not a URL', 'localhost', 'upstream: is not a URL'],
    ['that is null', null, 'upstream: is not a URL'],
    ['without a host', 'postgres:///app', 'has no host'],
    ['with a socket for a host', 'postgres://%2Frun%2Fpostgresql/app', 'is a socket'],
    ['with port 0', 'postgres://h:0/app', 'write a port'],
    ['badly escaped', 'postgres://u%zz:p@h/d', 'write a % in a user'],
    [
      'that asks for TLS',
      'postgres://u@h/d?sslmode=verify-full',
      'upstream: postgres://u@h/d has the parameter sslmode, which has no effect here; remove it; the gate connects without TLS',
    ],
    ['with a root to trust', 'postgres://u@h/d?sslrootcert=a.pem', 'has the parameter sslrootcert'],
    ['with another host', 'postgres://u@h/d?host=other', 'has the parameter host'],
    ['with an unknown parameter', 'postgres://u@h/d?hunter2=1', 'has a parameter, which'],
    ['with a fragment', 'postgres://u@h/d#x', 'has a fragment'],
  ])('such as an upstream %s are reported', async (_name, upstream, problem) => {
    const error = String(await bad({ engine: 'postgres', upstream }))
    expect(error).toContain(problem)
    expect(error).not.toContain('hunter2')
  })

  it('are not read from a prototype', () => {
    Object.assign(Object.prototype, { upstream: 'postgres://evil.example/d' })
    try {
      expect(completeOptions({ engine: 'postgres' }).upstream).toBeUndefined()
    } finally {
      Reflect.deleteProperty(Object.prototype, 'upstream')
    }
  })

  it('never show a secret or a password', async () => {
    const keys = [
      { accessKeyId: 'hunter2 in the wrong place', secretAccessKey: '' },
      { accessKeyId: 'AKIAGOOD', secretAccessKey: 'hunter2', sessionToken: 5, expiration: 'tomorrow' },
      { accessKeyId: 'AKIAGOOD', secretAccessKey: 'hunter2', secret: 'hunter2' },
    ]
    for (const upstream of [
      'mysql://me:hunter2@h/d?x=hunter2',
      'postgres://me:hunter2%zz@h/d',
      'postgres//me:hunter2@h',
      'me:hunter2@h/d',
      'mysql://me:5#hunter2@h',
      'postgres://me:5?hunter2@h',
      'postgres://me:5/hunter2@h/d',
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
        '2].secret',
      ]) {
        expect(error).toContain(`keys[${field}: `)
      }
    }
    for (const options of [
      { secretAccessKey: 'hunter2', password: 'hunter2', sessionToken: 'hunter2', token: ['hunter2'] },
      { keys: 'hunter2' },
      { keys: { secretAccessKey: 'hunter2' } },
      { keys: ['hunter2'] },
      { users: [{ password: 'hunter2' }] },
      { endpoint: { password: 'hunter2' } },
      { endpoint: 'postgres://me:hunter2@h/d' },
    ]) {
      const error = await bad({ engine: 'postgres', ...options })
      expect(error).toBeInstanceOf(LocalRdsError)
      expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    }
  })
})

describe('the endpoint', () => {
  it('contains the region, and is written as in the signature', () => {
    const endpoint = { host: 'DB.C9akciq32rgh.eu-central-1.RDS.amazonaws.com.' }
    expect(completeOptions({ engine: 'mysql', endpoint })).toMatchObject({
      endpoint: { host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com' },
      region: 'eu-central-1',
    })
    expect(completeOptions({ engine: 'mysql', endpoint, region: 'eu-west-1' }).region).toBe('eu-west-1')
  })
})

describe('an endpoint of Aurora DSQL', () => {
  it.each(['', '-fips', '-fnh4'])('is recognized by its name: dsql%s', (kind) => {
    const host = `4iabtwz7ezqwk5ugp6n2abcdef.dsql${kind}.us-east-1.on.aws`
    expect(completeOptions({ engine: 'postgres', endpoint: { host } })).toMatchObject({
      service: 'dsql',
      region: 'us-east-1',
      endpoint: { host, port: 5432 },
      users: ['admin'],
      database: 'postgres',
    })
  })
})

describe('missing options', () => {
  it('get their defaults', () => {
    expect(completeOptions({ engine: 'mysql' })).toEqual({
      engine: 'mysql',
      service: 'rds-db',
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

  it('get a new key each time', () => {
    expect(completeOptions({ engine: 'mysql' }).keys).not.toEqual(completeOptions({ engine: 'mysql' }).keys)
  })

  it('follow a test’s faked clock', () => {
    const { now } = completeOptions({ engine: 'mysql' })
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 })
    expect(now()).toBe(1000)
    vi.useRealTimers()
  })

  it('may also be undefined', () => {
    const options = {
      engine: 'mysql',
      host: undefined,
      endpoint: undefined,
      keys: undefined,
      now: undefined,
    } as const
    expect(completeOptions(options)).toMatchObject({ host: '127.0.0.1', endpoint: { host: 'localhost' } })
  })

  it.each(['sslmode=disable', 'ssl=false'])(
    'allow upstream to contain what the gate does anyway: %s',
    (parameter) => {
      const upstream = `postgres://me@h/d?${parameter}`
      expect(completeOptions({ engine: 'postgres', upstream }).upstream).toMatchObject({
        host: 'h',
        user: 'me',
      })
    },
  )

  it('include the database, which comes from upstream', () => {
    const { database, upstream } = completeOptions({
      engine: 'postgres',
      upstream: 'postgresql://me@[::1]/my%20db',
    })
    expect(database).toBe('my db')
    expect(upstream).toMatchObject({ host: '::1', port: 5432, user: 'me', password: '' })
  })
})
