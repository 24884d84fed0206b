// How the proxy handles clients that can't log in, and servers that misbehave.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { IamTarget } from '@rds-iam/core'
import type { LocalRds } from '@rds-iam/local'
import { type IamProxy, type ProxyOptions, type ProxyRejection, startProxy } from '@rds-iam/proxy'
import { int32, message, PROTOCOL_3_0, readMessage } from '@rds-iam/wire/postgres-messages'
import { startUpPacket } from '@rds-iam/wire/postgres-start-up'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { certificatesFor } from '../support/certificates.ts'
import { outputOf } from '../support/child.ts'
import { closedPort } from '../support/listen.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { passingOnTo, play } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { open, whoIs, withPart } from '../support/sessions.ts'
import { startSwitch } from '../support/tcp-switch.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const users = ['iam_user', 'reporting']
const servers = useServers({ users })

afterEach(() => void vi.useRealTimers())

describe.each(['postgres', 'mysql'] as const)('on %s', (engine) => {
  const rds = (): LocalRds => servers[engine]()
  /** The error that each engine's clients recognize. */
  const said = (postgres: string, mysql: number): object =>
    engine === 'postgres' ? { code: postgres } : { errno: mysql }

  /** A proxy, and the reasons for its rejections. */
  async function start(
    target: IamTarget = {},
    options: ProxyOptions = {},
  ): Promise<{ proxy: IamProxy; rejected: ProxyRejection[]; [Symbol.asyncDispose](): Promise<void> }> {
    enter(rds())
    const rejected: ProxyRejection[] = []
    const proxy = await startProxy(target, { ...options, onRejected: (event) => void rejected.push(event) })
    return { proxy, rejected, [Symbol.asyncDispose]: () => proxy.stop() }
  }

  it.each([
    ['a wrong password', 'password', { password: 'wrong' }, said('28P01', 1045)],
    ['a user that is not allowed', 'user', { username: 'reporting' }, said('28000', 1045)],
  ] as const)('refuses %s itself, in the words of the engine', async (_, reason, { ...part }, error) => {
    await using started = await start()
    const { proxy, rejected } = started
    const [name, value] = Object.entries(part)[0] as ['username' | 'password', string] // there is exactly one
    const verdicts = await verdictsOf(rds(), async () => {
      await expect(open(withPart(proxy.url, name, value))).rejects.toMatchObject(error)
    })
    expect(rejected).toMatchObject([{ reason, client: '127.0.0.1' }])
    expect(verdicts.filter(({ admitted }) => admitted)).toEqual([])
    await whoIs(proxy.url)
  })

  it('refuses a client without a password', async () => {
    await using started = await start()
    const { proxy, rejected } = started
    const url = withPart(proxy.url, 'password', '')
    // psql itself notices that it has none.
    const fate = engine === 'mysql' ? open(url) : outputOf('psql', ['-wXc', 'SELECT 1', url])
    await expect(fate).rejects.toThrow(engine === 'mysql' ? /using password: NO/ : /no password supplied/)
    await vi.waitUntil(() => rejected.length > 0)
    expect(rejected).toMatchObject([{ reason: engine === 'mysql' ? 'password' : 'left' }])
    await whoIs(proxy.url)
  })

  it('allows additional users that are named', async () => {
    await using started = await start({}, { users: ['reporting'] })
    await whoIs(withPart(started.proxy.url, 'username', 'reporting'))
    expect(started.rejected).toEqual([])
  })

  it('allows at most maxConnections sessions, and the next once one has ended', async () => {
    await using started = await start({}, { maxConnections: 1 })
    const { proxy, rejected } = started
    const first = await open(proxy.url)
    await expect(open(proxy.url)).rejects.toMatchObject(said('53300', 1040))
    expect(rejected).toMatchObject([{ reason: 'limit', message: expect.stringContaining('maxConnections') }])
    await first.end()
    await vi.waitUntil(() => proxy.connections === 0)
    await whoIs(proxy.url)
  })

  it.each<[string, ProxyRejection['reason'], () => Promise<IamTarget>, string, number, RegExp]>([
    [
      'that does not exist',
      'unreachable',
      async () => ({ via: `127.0.0.1:${await closedPort()}` }),
      '08006',
      1105,
      /Can't log in at .*ECONNREFUSED/,
    ],
    [
      'with an untrusted certificate',
      'insecure',
      async () => ({}),
      '28000',
      1045,
      /withheld .*certificate is not trusted/,
    ],
    [
      'for which there are no credentials',
      'credentials',
      async () => ({ credentials: () => Promise.reject(new Error('the metadata service is away')) }),
      '28000',
      1045,
      /the metadata service is away/,
    ],
    [
      'that rejects the login',
      'rejected',
      async () => ({ credentials: { accessKeyId: 'AKIAANOTHER000000001', secretAccessKey: 'another' } }),
      '28000',
      1045,
      /(PAM authentication failed|Access denied).*\n.*IAM login of iam_user/s,
    ],
    ['without the database', 'refused', async () => ({ database: 'nowhere' }), '3D000', 1049, /nowhere/],
  ])('tells the client about a server %s', async (_, reason, target, code, errno, message) => {
    enter(rds())
    if (reason === 'insecure') vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const rejected: ProxyRejection[] = []
    await using proxy = await startProxy(await target(), {
      onRejected: (event) => void rejected.push(event),
    })
    await expect(open(proxy.url)).rejects.toMatchObject({
      ...said(code, errno),
      message: expect.stringMatching(message),
    })
    expect(rejected).toMatchObject([{ reason, message: expect.stringMatching(message) }])
    expect(JSON.stringify(rejected)).not.toContain('X-Amz-Signature')
  })

  it('sends a server that asks again no second token', async () => {
    const { ca, good } = await certificatesFor(HOST)
    await using server = await play((engine === 'postgres' ? postgres : mysql).askingAgain(good))
    const target = { engine, host: HOST, user: 'iam_user', ssl: { ca }, via: `127.0.0.1:${server.port}` }
    await using started = await start(target)
    await expect(open(started.proxy.url)).rejects.toThrow('the server asked for the password twice')
    expect(server.received().match(/X-Amz-Signature/g)).toHaveLength(1)
  })

  it('ends the session at once when the server dies', async () => {
    await using way = await play(passingOnTo(rds().port))
    await using started = await start({ via: `127.0.0.1:${way.port}` })
    const session = await open(started.proxy.url)
    await way.stop()
    await session.gone
    await vi.waitUntil(() => started.proxy.connections === 0)
  })

  it.each<[string, string, (socket: Socket) => void]>([
    ['a port probe', 'left', (socket) => void socket.end()],
    ['a client that resets its connection', 'left', (socket) => void socket.resetAndDestroy()],
    ['HTTP', 'malformed', (socket) => void socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a flood', 'malformed', (socket) => void socket.write(Buffer.alloc(1_000_000, 0xff))],
  ])('handles %s, and serves the next client', async (_, reason, act) => {
    await using started = await start()
    const { proxy, rejected } = started
    const socket = await dial(proxy)
    act(socket)
    await vi.waitUntil(() => rejected.length > 0)
    expect(rejected).toMatchObject([{ reason }])
    socket.destroy()
    await whoIs(proxy.url)
  })

  it.each<[string, readonly number[]]>([
    ['nothing', []],
    ['half a packet', [0, 0]],
  ])('disconnects a client that sends %s and then goes silent', async (_, words) => {
    await using started = await start()
    const { proxy, rejected } = started
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const socket = await dial(proxy)
    // MySQL's clients send nothing before the greeting.
    if (engine === 'mysql') await once(socket, 'readable')
    socket.write(Buffer.from(words))
    while (rejected.length === 0) {
      vi.advanceTimersByTime(1_000)
      await new Promise(setImmediate)
    }
    vi.useRealTimers()
    expect(rejected).toMatchObject([{ reason: 'timeout' }])
    socket.destroy()
    await whoIs(proxy.url)
  })

  it("serves good clients next to 1,100 silent ones, which do not use up the server's connections", async () => {
    await using way = await play(passingOnTo(rds().port))
    await using started = await start({ via: `127.0.0.1:${way.port}` })
    const { proxy } = started
    const silent = await Promise.all(Array.from({ length: 1_100 }, () => dial(proxy)))
    await whoIs(proxy.url)
    expect(way.connections()).toBeLessThanOrEqual(21)
    for (const socket of silent) socket.destroy()
    await whoIs(proxy.url)
  })
})

it.each([
  ['protocol 3.2', PROTOCOL_3_0 + 2, []],
  ['a protocol option', PROTOCOL_3_0, ['_pq_.unheard_of']],
])('tells a client that asks for %s that it speaks 3.0 only', async (_, protocol, options) => {
  enter(servers.postgres())
  await using proxy = await startProxy()
  const socket = await dial(proxy)
  const parameters = new Map([['user', 'iam_user'], ...options.map((name) => [name, '1'] as const)])
  socket.write(startUpPacket({ protocol, parameters }))
  const { raw } = await readMessage(socket)
  expect(raw).toEqual(message('v', int32(PROTOCOL_3_0), int32(options.length), ...options))
  expect(await readMessage(socket)).toMatchObject({ type: 'R' })
  socket.destroy()
})

it('lets a client that has proven its password finish its login while the proxy stops', async () => {
  const rds = servers.mysql()
  enter(rds)
  const way = await startSwitch(rds.port)
  await using proxy = await startProxy({ via: `127.0.0.1:${way.port}` })
  const held = way.hold(1) // after TLS, which the proxy starts only for a client that has proven its password
  const opening = open(proxy.url)
  await held
  const stopped = proxy.stop({ drainMs: 600_000 })
  way.release()
  const session = await opening
  await session.query('SELECT 1')
  await session.end()
  await stopped
  await way.stop()
})

it('opens at most 16 connections ahead, for clients that begin to prove that they know the password', async () => {
  const rds = servers.postgres()
  enter(rds)
  await using way = await play(passingOnTo(rds.port))
  await using proxy = await startProxy({ via: `127.0.0.1:${way.port}` })
  const begun = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = await dial(proxy)
      socket.write(startUpPacket({ protocol: PROTOCOL_3_0, parameters: new Map([['user', 'iam_user']]) }))
      await readMessage(socket) // asks for SCRAM
      const first = Buffer.from('n,,n=,r=nonce')
      socket.write(message('p', 'SCRAM-SHA-256', int32(first.length), first))
      await readMessage(socket) // the challenge
      return socket
    }),
  )
  await vi.waitUntil(() => way.connections() === 16)
  const session = await open(proxy.url)
  expect(way.connections()).toBe(17)
  for (const socket of begun) socket.destroy()
  await vi.waitUntil(() => way.connections() === 1)
  await session.end()
})

async function dial({ host, port }: IamProxy): Promise<Socket> {
  const socket = connect(port, host)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}
