import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { startLocalRds } from '../src/index.ts'
import { startMysql } from '../src/servers/mysql.ts'
import { startPostgres } from '../src/servers/postgres.ts'
import { openSession, USER, visit } from './support/clients.ts'
import {
  MYSQL_OK,
  mysqlSaying,
  type Part,
  PG_READY,
  pgAuthentication,
  pgSaying,
  play,
} from './support/played.ts'

const WANTED = { users: [USER], database: 'app', alsoRemove: [] }

describe.each(['postgres', 'mysql'] as const)('a %s server that is gone', (engine) => {
  it('is told of, to the client and in the verdict', async () => {
    const server = await (engine === 'postgres' ? startPostgres(WANTED) : startMysql(WANTED))
    const upstream = `${engine}://${USER}:${server.password}@127.0.0.1:${server.port}/app`
    const local = await startLocalRds({ engine, upstream })
    const session = await openSession(local)
    await server.stop()
    await expect(session.query('SELECT 1')).rejects.toThrow()
    await expect(visit(local)).rejects.toMatchObject({
      ...(engine === 'postgres' ? { code: '57P03' } : { errno: 1105 }),
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
    })
    expect(local.verdicts.at(-1)).toMatchObject({
      reason: 'server-unreachable',
      detail: expect.stringContaining('ECONNREFUSED'),
    })
    await local.stop()
  }, 60_000)

  it('is an error when it was never there', async () => {
    const fate = startLocalRds({ engine, upstream: `${engine}://someone:hunter2@127.0.0.1:1/app` })
    await expect(fate).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_UPSTREAM',
      message: expect.stringContaining(
        "Can't log in to the upstream server 127.0.0.1:1 as someone: connect ECONNREFUSED",
      ),
    })
    await expect(fate).rejects.not.toThrow('hunter2')
  })
})

describe('a program that is no database server', () => {
  let stranger: NetServer
  const sockets: Socket[] = []
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    stranger.close()
  })

  it.each(['postgres', 'mysql'] as const)('does not pass for a %s', async (engine) => {
    stranger = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const address = stranger.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await expect(
      startLocalRds({ engine, upstream: `${engine}://127.0.0.1:${port}/app` }),
    ).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_UPSTREAM',
    })
    stranger.close()
  })
})

describe('a server that lets the gate in at first', () => {
  const PG_IN = [pgAuthentication(0), PG_READY]
  const hangsUp: Part = async (socket) => socket.destroy()

  it.each([
    ['a postgres that hangs up', 'postgres', pgSaying(...PG_IN), hangsUp, 'the connection was closed'],
    [
      'a postgres that asks for what is not spoken',
      'postgres',
      pgSaying(...PG_IN),
      pgSaying(pgAuthentication(7)),
      'authentication of kind 7',
    ],
    ['a mysql that hangs up', 'mysql', mysqlSaying(MYSQL_OK), hangsUp, 'the connection was closed'],
    [
      'a mysql that answers with what is no answer',
      'mysql',
      mysqlSaying(MYSQL_OK),
      mysqlSaying(Buffer.from('z')),
      'a packet of kind 122',
    ],
  ] as const)('%s is told of, to the client and in the verdict', async (_name, engine, first, then, why) => {
    const server = await play(first, then)
    const local = await startLocalRds({ engine, upstream: `${engine}://127.0.0.1:${server.port}/app` })
    try {
      await expect(visit(local)).rejects.toMatchObject({
        ...(engine === 'postgres' ? { code: '57P03' } : { errno: 1105 }),
        message: expect.stringContaining(why),
      })
      expect(local.verdicts.at(-1)).toMatchObject({
        reason: 'server-unreachable',
        detail: expect.stringContaining(why),
      })
    } finally {
      await local.stop()
      server.stop()
    }
  })
})
