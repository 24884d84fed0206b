import { describe, expect, it } from 'vitest'
import { MYSQL_OK, mysqlSaying } from '../../../../test/support/mysql-scripts.ts'
import { cutting, inTurn, play, saying } from '../../../../test/support/play.ts'
import { PG_READY, pgAuthentication, pgSaying } from '../../../../test/support/postgres-scripts.ts'
import { startLocalRds } from '../../src/index.ts'
import { startMysql } from '../../src/servers/mysql-server.ts'
import { startPostgres } from '../../src/servers/postgres-server.ts'
import { openSession, USER, visit } from '../support/clients.ts'

const WANTED = { users: [USER], database: 'app' }

describe.each(['postgres', 'mysql'] as const)('a %s server that is gone', (engine) => {
  it('is reported to the client and in the verdict', async () => {
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
  })

  it('is an error at the start', async () => {
    const fate = startLocalRds({ engine, upstream: `${engine}://someone:hunter2@127.0.0.1:1/app` })
    await expect(fate).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_UPSTREAM',
      message: expect.stringContaining(
        'upstream: someone cannot log in at 127.0.0.1:1: connect ECONNREFUSED',
      ),
    })
    await expect(fate).rejects.not.toThrow('hunter2')
  })
})

describe('a program that is not a database server', () => {
  it.each(['postgres', 'mysql'] as const)('is not taken for a %s server', async (engine) => {
    await using stranger = await play(saying('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const upstream = `${engine}://127.0.0.1:${stranger.port}/app`
    await expect(startLocalRds({ engine, upstream })).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_UPSTREAM',
    })
  })
})

describe('a server that lets the gate in only at the start', () => {
  const PG_IN = [pgAuthentication(0), PG_READY]

  it.each([
    ['a postgres that hangs up', 'postgres', pgSaying(...PG_IN), cutting, 'the connection was closed'],
    [
      'a postgres that asks for an unsupported method',
      'postgres',
      pgSaying(...PG_IN),
      pgSaying(pgAuthentication(7)),
      'authentication of type 7',
    ],
    ['a mysql that hangs up', 'mysql', mysqlSaying(MYSQL_OK), cutting, 'the connection was closed'],
    [
      'a mysql with an invalid answer',
      'mysql',
      mysqlSaying(MYSQL_OK),
      mysqlSaying(Buffer.from('z')),
      'a packet of type 122',
    ],
  ] as const)('%s is reported to the client and in the verdict', async (_name, engine, first, then, why) => {
    await using server = await play(inTurn(first, then))
    await using local = await startLocalRds({ engine, upstream: `${engine}://127.0.0.1:${server.port}/app` })
    await expect(visit(local)).rejects.toMatchObject({
      ...(engine === 'postgres' ? { code: '57P03' } : { errno: 1105 }),
      message: expect.stringContaining(why),
    })
    expect(local.verdicts.at(-1)).toMatchObject({
      reason: 'server-unreachable',
      detail: expect.stringContaining(why),
    })
  })
})
