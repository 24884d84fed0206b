import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { iamDataSourceOptions } from '../src/index.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const REPLICA = 'orders-replica.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const server = (host: string, more: object = {}) => ({ host, username: 'jane_doe', database: 'app', ...more })

beforeEach(() => {
  for (const name of ['DATABASE_URL', 'PGHOST', 'MYSQL_HOST', 'RDS_IAM_VIA']) vi.stubEnv(name, undefined)
})

describe.each(['postgres', 'mysql'] as const)('on %s', (type) => {
  it('takes a server without a database, and names of replicas without one', () => {
    const { database: _, ...bare } = server(HOST)
    expect(iamDataSourceOptions({ type, ...bare })).not.toHaveProperty('database')
    const replication = { master: server(HOST), slaves: [server(REPLICA, { database: undefined })] }
    const options = iamDataSourceOptions(Object({ type, replication }))
    expect(options.replication?.slaves[0]).not.toHaveProperty('database')
  })

  it('leaves the socket to a stream that stands in extra', () => {
    const stream = (): Socket => connect(1)
    const replication = { master: server(HOST), slaves: [server(REPLICA)] }
    expect(iamDataSourceOptions({ type, ...server(HOST), extra: { stream } }).extra.stream).toBe(stream)
    expect(iamDataSourceOptions({ type, replication, extra: { stream } }).extra.stream).toBe(stream)
  })

  it('lays nothing of its own over ssl: true, which is what it does anyway', () => {
    const { ssl } = iamDataSourceOptions({ type, ...server(HOST) })
    expect(Object(iamDataSourceOptions({ type, ...server(HOST), ssl: true }).ssl).ca).toEqual(Object(ssl).ca)
  })

  it('throws what is no fault of the options as it is', () => {
    const ssl = {
      get ca(): never {
        throw new RangeError('a getter of yours')
      },
    }
    expect(() => iamDataSourceOptions({ type, ...server(HOST), ssl })).toThrow(RangeError)
  })
})

describe('on mysql', () => {
  const replicas = (...slaves: object[]) =>
    iamDataSourceOptions(Object({ type: 'mysql', replication: { master: server(HOST), slaves } }))

  it('tells servers apart by host, port and user, and refuses one that stands there with two ways to log in', () => {
    const iam = { profile: 'readers' }
    expect(() => replicas(server(HOST, { iam }))).toThrow(
      'replication.slaves[0]: is a server and user that stand there already with another iam; write a user of its own',
    )
    expect(
      replicas(server(HOST), server(HOST, { username: 'reader', iam })).replication?.slaves,
    ).toHaveLength(2)
  })

  it('verifies as the least of its servers can, by the name before the token if mysql2 can not', () => {
    const ssl = (...slaves: object[]) => Object(replicas(...slaves).ssl)
    expect(ssl(server(REPLICA))).toMatchObject({ rejectUnauthorized: true, verifyIdentity: true })
    const address = { iam: { region: 'us-east-1' } }
    const mixed = ssl(server(REPLICA), server('10.0.0.7', address))
    expect(mixed).toMatchObject({ rejectUnauthorized: true, verifyIdentity: false })
    expect(mixed.ca).toEqual(mixed.ca)
    expect(mixed.ca).not.toBe(mixed.ca) // or mysql2 would resume sessions, and see no certificate
  })
})

describe('a connection of options that were changed since', () => {
  let listener: ReturnType<typeof createServer>
  beforeEach(
    () =>
      new Promise<void>((resolve) => {
        listener = createServer((socket) => socket.end()).listen(0, '127.0.0.1', resolve)
      }),
  )
  afterEach(() => listener.close())

  it('is dialled by mysql2, where they lead, and gets no token of a server that it is not for', async () => {
    const { extra } = iamDataSourceOptions({ type: 'mysql', ...server(HOST) })
    const config = { host: '127.0.0.1', port: Object(listener.address()).port, user: 'joe' }
    const socket: Socket = extra.stream({ config })
    await new Promise((resolve) => socket.once('connect', resolve))
    const answer = extra.authPlugins.mysql_clear_password({
      connection: { config, stream: socket },
      command: {},
    })
    await expect(answer()).rejects.toThrow(`The token for jane_doe was withheld from ${HOST}:3306`)
    socket.destroy()
  })

  it('is dialled by pg', () => {
    const { extra } = iamDataSourceOptions({ type: 'postgres', ...server(HOST) })
    expect(extra.stream({ ssl: {} })).toMatchObject({ connecting: false, destroyed: false })
  })
})
