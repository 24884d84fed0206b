import { Socket } from 'node:net'
import { RdsIamError, renderProblem } from '@rds-iam/core'
import { describe, expect, it, vi } from 'vitest'
import { iamDataSourceOptions } from '../src/index.ts'
import type { IamPostgresOptions } from '../src/types.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const REPLICA = 'orders-replica.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const server = (host: string, more: object = {}) => ({ host, username: 'jane_doe', database: 'app', ...more })

describe.each(['postgres', 'mysql'] as const)('on %s', (type) => {
  it('accepts servers and replicas without a database', () => {
    const { database: _, ...bare } = server(HOST)
    expect(iamDataSourceOptions({ type, ...bare })).not.toHaveProperty('database')
    const replication = { master: server(HOST), slaves: [server(REPLICA, { database: undefined })] }
    const options = iamDataSourceOptions(Object({ type, replication }))
    expect(options.replication?.slaves[0]).not.toHaveProperty('database')
  })

  it('leaves the socket to a stream in extra', () => {
    const socket = new Socket()
    const ask = vi.fn(() => socket)
    const replication = { master: server(HOST), slaves: [server(REPLICA)] }
    for (const stream of [ask, socket]) {
      for (const servers of [server(HOST), { replication }]) {
        const options = iamDataSourceOptions(Object({ type, ...servers, extra: { stream } }))
        const connection = { config: { ...server(HOST), port: 3306, user: 'jane_doe' } }
        expect(options.extra.stream(connection)).toBe(socket)
      }
    }
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('accepts ssl: true, which is the default anyway', () => {
    const { ssl } = iamDataSourceOptions({ type, ...server(HOST) })
    expect(Object(iamDataSourceOptions({ type, ...server(HOST), ssl: true }).ssl).ca).toEqual(Object(ssl).ca)
  })

  it('passes on an error with another cause than the options', () => {
    const ssl = {
      get ca(): never {
        throw new RangeError('a getter of yours')
      },
    }
    expect(() => iamDataSourceOptions({ type, ...server(HOST), ssl })).toThrow(RangeError)
  })
})

/** The problems with options that untyped JavaScript may pass, one per line. */
function problemsOf(options: unknown): string[] {
  try {
    iamDataSourceOptions(options as IamPostgresOptions)
    return []
  } catch (error) {
    if (!(error instanceof RdsIamError) || error.code !== 'ERR_RDS_IAM_OPTIONS') throw error
    return error.problems
      .map((problem) => renderProblem(problem))
      .map(({ option, seen, instead }) => `${option}: ${seen}; ${instead}`)
  }
}

describe('options are refused, with what to write instead:', () => {
  const good = { type: 'postgres', ...server(HOST) }
  const types = 'write postgres, mysql or mariadb'
  const password = 'password: is not used; remove it: a token takes its place'
  it.each<[unknown, string]>([
    [undefined, 'options: is missing; write an object'],
    [null, 'options: is null; write an object'],
    [server(HOST), `type: is missing; ${types}`],
    [
      { type: 'postgres', url: `mysql://u@${HOST}/app` },
      'type (from the URL): is mysql, but this driver speaks postgres; use a driver for mysql',
    ],
  ])('%o', (options, problem) => expect(problemsOf(options)).toEqual([problem]))

  it.each<[object, string]>([
    ...['aurora-postgres', 'cockroachdb', 'toString'].map((type): [object, string] => [
      { type },
      `type: "${type}" is not supported; ${types}`,
    ]),
    [{ password: 'x' }, password],
    [{ type: 'mysql', password: () => 'x' }, password],
    [{ user: 'x' }, 'user: is not an option; write username instead'],
    [{ uri: 'x' }, 'uri: is not an option; write url instead'],
    [{ socketPath: '/x' }, 'socketPath: is not an option; write iam.via instead'],
    [{ via: 'x:1' }, 'via: is not an option; write iam.via instead'],
    [{ profile: 'x' }, 'profile: is not an option; write iam.profile instead'],
    [{ nativeDriver: {} }, 'nativeDriver: cannot ask for tokens; remove it: TypeORM uses pg itself'],
    [
      { type: 'mysql', connectorPackage: 'mysql' },
      `connectorPackage: "mysql" cannot send tokens; write connectorPackage: 'mysql2'`,
    ],
    [{ iam: null }, 'iam: is null; write an object'],
    [
      { iam: { regoin: 'x' } },
      'iam.regoin: is not an option; write one of region, profile, role, credentials, timeoutMs, via, cname, writer, dangerouslySkipServerVerification',
    ],
    [{ iam: { host: 'x' } }, 'iam.host: is not an option; write host instead'],
    [{ iam: { user: 'x' } }, 'iam.user: is not an option; write username instead'],
    [
      { iam: { timeoutMs: 0 } },
      'iam.timeoutMs: 0 is not a time; write milliseconds, such as 10000, and 2147483647 at most',
    ],
    [{ extra: 'x' }, 'extra: is a string; write an object'],
    [{ extra: { host: 'x' } }, 'extra.host: is not an option; write host instead'],
    [{ extra: { ssl: {} } }, 'extra.ssl: is not an option; write ssl instead'],
    [{ extra: { password: 'x' } }, `extra.${password}`],
    [
      { type: 'mysql', extra: { authSwitchHandler: () => {} } },
      'extra.authSwitchHandler: would replace the token; remove it',
    ],
    [{ extra: { stream: 'x' } }, 'extra.stream: "x" is not a function; write one that returns a socket'],
    [
      { type: 'mysql', ssl: 'Amazon RDS' },
      'ssl: "Amazon RDS" is not an object; leave it out: TLS is always on, and the RDS roots are built in',
    ],
    [{ replication: 'x' }, 'replication: is a string; write an object'],
  ])('%o', (more, problem) => expect(problemsOf({ ...good, ...more })).toEqual([problem]))

  const via = { via: 'x:1' }
  it.each<[object, string]>([
    [{ slaves: [] }, 'master: is missing; write an object'],
    [{ master: server(HOST) }, 'slaves: is not a list; write a list of servers, which may be empty'],
    [{ master: server(HOST), slaves: [null] }, 'slaves[0]: is null; write an object'],
    [{ master: server(HOST, { password: 'x' }), slaves: [] }, `master.${password}`],
    [{ master: server(HOST, { ssl: {} }), slaves: [] }, 'master.ssl: is not read; write ssl'],
    [
      { master: server(HOST), slaves: [server(REPLICA, via)] },
      'slaves[0].via: is not an option; write replication.slaves[0].iam.via instead',
    ],
    [
      { master: server(HOST), slaves: [{ host: REPLICA }] },
      'slaves[0].username: is missing; name the database user who logs in with IAM',
    ],
  ])('replication: %o', (replication, problem) =>
    expect(problemsOf({ type: 'postgres', replication })).toEqual([`replication.${problem}`]),
  )

  it('one address for several servers, from an option or a variable', () => {
    const replication = { master: server(HOST, { iam: { via: 'localhost:1' } }), slaves: [server(REPLICA)] }
    const line =
      'is the address of one server, and there are several; leave it out, and write replication.slaves[0].iam.via'
    expect(problemsOf({ type: 'postgres', replication, iam: { via: 'localhost:2' } })).toEqual([
      `iam.via: ${line}`,
    ])
    vi.stubEnv('RDS_IAM_VIA', 'localhost:2')
    expect(problemsOf({ type: 'postgres', replication })).toEqual([`iam.via (from RDS_IAM_VIA): ${line}`])
    const slaves = [server(REPLICA, { iam: { via: 'localhost:3' } })]
    expect(problemsOf({ type: 'postgres', replication: { ...replication, slaves } })).toEqual([])
  })
})

describe("TypeORM's own options override the parameters of a URL, and extra overrides both", () => {
  it('on postgres', () => {
    const url = `postgres://u@${HOST}/app?connect_timeout=3&connection_limit=7&statement_timeout=9`
    expect(iamDataSourceOptions({ type: 'postgres', url }).extra).toMatchObject({
      connectionTimeoutMillis: 3_000,
      max: 7,
      statement_timeout: 9,
    })
    const own = iamDataSourceOptions({ type: 'postgres', url, connectTimeoutMS: 5_000, poolSize: 5 })
    expect(own).toMatchObject({ connectTimeoutMS: 5_000, poolSize: 5, extra: { statement_timeout: 9 } })
    expect(own.extra).not.toHaveProperty('connectionTimeoutMillis')
    expect(own.extra).not.toHaveProperty('max')
    const extra = { connectionTimeoutMillis: 1, max: 2 }
    const laid = iamDataSourceOptions({ type: 'postgres', url, connectTimeoutMS: 5_000, poolSize: 5, extra })
    expect(laid.extra).toMatchObject(extra)
  })

  it('on mysql', () => {
    const url = `mysql://u@${HOST}/app?charset=latin1&connectionLimit=7&timezone=Z`
    const own = iamDataSourceOptions({ type: 'mysql', url, charset: 'utf8mb4', poolSize: 5 })
    expect(own).toMatchObject({ charset: 'utf8mb4', poolSize: 5, extra: { timezone: 'Z' } })
    expect(own.extra).not.toHaveProperty('charset')
    expect(own.extra).not.toHaveProperty('connectionLimit')
  })
})

describe('on mysql', () => {
  const replicas = (...slaves: object[]) =>
    iamDataSourceOptions(Object({ type: 'mysql', replication: { master: server(HOST), slaves } }))

  it('identifies servers by host, port and user, and refuses one with two different iam options', () => {
    const iam = { profile: 'readers' }
    expect(() => replicas(server(HOST, { iam }))).toThrow(
      'replication.slaves[0]: repeats the host, port and user of another server, with a different iam; write a different user',
    )
    expect(
      replicas(server(HOST), server(HOST, { username: 'reader', iam })).replication?.slaves,
    ).toHaveLength(2)
  })
})

describe('a connection to a server that is not in the options', () => {
  const refusal = `this config is for ${HOST}`
  const failure = (socket: Socket) => new Promise((resolve) => socket.once('error', resolve))

  it('fails on mysql without getting a token', async () => {
    const { extra } = iamDataSourceOptions({ type: 'mysql', ...server(HOST) })
    const config = { host: '127.0.0.1', port: 3306, user: 'jane_doe' }
    const socket: Socket = extra.stream({ config })
    expect(await failure(socket)).toMatchObject({ message: expect.stringContaining(refusal) })
    const answer = extra.authPlugins.mysql_clear_password({ connection: { config }, command: {} })
    await expect(answer()).rejects.toThrow(refusal)
  })

  it('fails on postgres', async () => {
    const { extra } = iamDataSourceOptions({ type: 'postgres', ...server(HOST) })
    const socket: Socket = extra.stream({ ssl: {} })
    socket.connect(5432, '127.0.0.1')
    expect(await failure(socket)).toMatchObject({ message: expect.stringContaining(refusal) })
  })
})

describe('a URL of one server in a replication', () => {
  it.each([
    ['postgres', 'statement_timeout', '9'],
    ['mysql', 'timezone', 'Z'],
  ] as const)('has no parameter that would apply to all, on %s', (type, name, value) => {
    const slaves = [{ url: `${type}://u@${REPLICA}/app?${name}=${value}` }]
    expect(() => iamDataSourceOptions({ type, replication: { master: server(HOST), slaves } })).toThrow(
      `replication.slaves[0].url: parameter ${name} would apply to all servers; write it in extra`,
    )
  })

  it('names its connections, on postgres', () => {
    const { replication, extra } = iamDataSourceOptions({
      type: 'postgres',
      replication: {
        master: { url: `postgres://u@${HOST}/app?application_name=app-1` },
        slaves: [{ url: `postgres://u@${REPLICA}/app?application_name=app-2` }],
      },
    })
    expect(replication).toMatchObject({
      master: { applicationName: 'app-1' },
      slaves: [{ applicationName: 'app-2' }],
    })
    expect(extra).not.toHaveProperty('application_name') // it would override both
  })
})

it('lets applicationName override the URL, and extra override both', () => {
  const url = 'postgres://u@db.c9akciq32rgh.us-east-1.rds.amazonaws.com/app?application_name=url'
  const own = iamDataSourceOptions({ type: 'postgres', url, applicationName: 'option' })
  expect(own).toMatchObject({ applicationName: 'option' })
  expect(own.extra).not.toHaveProperty('application_name')
  const laid = iamDataSourceOptions({ type: 'postgres', url, extra: { application_name: 'extra' } })
  expect(laid.extra).toMatchObject({ application_name: 'extra' })
})
