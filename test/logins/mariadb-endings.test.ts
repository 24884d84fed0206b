// How mariadb's connections end on failures: with an error for the caller, and never by crashing the process.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { promises } from 'node:dns'
import { connect } from 'node:net'
import { channels } from '@rds-iam/core'
import { type IamMariaDbTarget, iamMariaDbConfig } from '@rds-iam/core/mariadb'
import * as mariadb from 'mariadb'
import * as mariadbOldest from 'mariadb-oldest'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { certificatesFor } from '../support/certificates.ts'
import { startDns } from '../support/dns.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { type Played, play, type Script, saying, silent } from '../support/play.ts'
import { enter, useLocalRds } from '../support/rds.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const credentials = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const local = useLocalRds({ engine: 'mysql', keys: [credentials] })

let hostile: Played | undefined
afterEach(() => hostile?.stop())

async function targetFor(script: Script): Promise<IamMariaDbTarget> {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
  hostile = await play(script)
  return { host: HOST, port: hostile.port, user: 'jane_doe', via: `127.0.0.1:${hostile.port}`, credentials }
}

describe.each([
  { name: 'mariadb 3.4', driver: mariadbOldest as unknown as typeof mariadb }, // the types differ only in unused parts
  { name: 'mariadb 3.5', driver: mariadb },
])('$name', ({ driver }) => {
  const open = (target: IamMariaDbTarget) => driver.createConnection(iamMariaDbConfig(target))

  /** Two connections to the local RDS, and the number with which to kill the first. */
  async function two(more: IamMariaDbTarget = {}) {
    enter(local())
    if (more.dangerouslySkipServerVerification) vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const [one, other] = [await open({ credentials, ...more }), await open({ credentials, ...more })]
    one.on('error', () => {}) // the holder of an idle connection learns that it ended
    const [row] = await one.query('SELECT connection_id() AS id')
    const runs = async (): Promise<boolean> => {
      const found = await other.query('SELECT info FROM information_schema.processlist WHERE id = ?', [
        row.id,
      ])
      return /sleep/.test(String(found[0]?.info))
    }
    return { one, other, kill: () => other.query(`KILL ${row.id}`), runs }
  }

  it.each([false, true])(
    'fails a query amid which the server ends the connection, verification skipped: %s',
    async (dangerouslySkipServerVerification) => {
      const { one, other, kill, runs } = await two({ dangerouslySkipServerVerification })
      const query = expect(one.query('SELECT sleep(60)')).rejects.toThrow(/closed|killed|ended/i)
      while (!(await runs()));
      await kill()
      await query
      await other.end()
    },
  )

  it('does not treat a denied statement as a rejected login, even with the same error number', async () => {
    const { one, other } = await two()
    const rejected = vi.fn()
    subscribe(channels.loginRejected, rejected)
    const denied = "SIGNAL SQLSTATE '28000' SET MYSQL_ERRNO = 1045, MESSAGE_TEXT = 'Access denied'"
    const error: Error = await one.query(denied).catch((thrown) => thrown)
    unsubscribe(channels.loginRejected, rejected)
    expect(error).toMatchObject({ errno: 1045 })
    expect(error.message).not.toContain('IAM login')
    expect(rejected).not.toHaveBeenCalled()
    await Promise.all([one.end(), other.end()])
  })

  it('fails the query after the server has ended an idle connection that it did not verify', async () => {
    const { one, other, kill } = await two({ dangerouslySkipServerVerification: true })
    const ended = new Promise((resolve) => one.on('error', resolve))
    await kill()
    await ended
    await expect(one.query('SELECT 1')).rejects.toThrow(/closed/)
    await other.end()
  })

  it('kills the query of a connection that is destroyed during it', async () => {
    const { one, other, runs } = await two()
    const query = expect(one.query('SELECT sleep(60)')).rejects.toMatchObject({ errno: 45004 })
    while (!(await runs()));
    one.destroy()
    await query
    while (await runs());
    await other.end()
  })

  it.each([
    ['before its greeting', silent],
    ['after its greeting', mysql.hushed],
  ])('gives up after its timeout on a server that goes silent %s', async (_when, script) => {
    const target = await targetFor(script)
    await expect(open({ ...target, socketTimeout: 50 })).rejects.toMatchObject({ code: 'ER_SOCKET_TIMEOUT' })
  })

  it('gives up after its timeout on a server that goes silent after TLS', async () => {
    const { ca, good } = await certificatesFor(HOST)
    const target = await targetFor(mysql.silent(good))
    const impatient = { ...target, ssl: { ca }, socketTimeout: 200 }
    await expect(open(impatient)).rejects.toMatchObject({ code: 'ER_SOCKET_TIMEOUT' })
  })

  it.each([
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')],
    ['half a greeting', Buffer.from('0a0000000a382e302e3430000100', 'hex')],
  ])('fails if the server sends %s', async (_what, words) => {
    const target = await targetFor(saying(words))
    await expect(open(target)).rejects.toThrow()
  })

  it('closes a socket that arrives after it has given up', async () => {
    enter(local())
    const stream = vi.fn<NonNullable<IamMariaDbTarget['stream']>>()
    const late = open({ credentials, connectTimeout: 50, stream })
    await expect(late).rejects.toMatchObject({ code: 'ER_CONNECTION_TIMEOUT' })
    const socket = connect(local().port, '127.0.0.1')
    stream.mock.lastCall?.[0](undefined, socket)
    expect(socket.destroyed).toBe(true)
  })

  it('accepts sockets and errors from a custom stream, and connects itself if that returns nothing', async () => {
    enter(local())
    const by = (stream: NonNullable<IamMariaDbTarget['stream']>) => open({ credentials, stream })
    const socket = () => connect(local().port, '127.0.0.1')
    for (const answer of [socket(), undefined]) {
      const connection = await by((callback) => callback(undefined, answer))
      expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
      await connection.end()
    }
    await expect(by((callback) => callback(new Error('the tunnel is shut')))).rejects.toThrow(
      'the tunnel is shut',
    )
  })

  it('does not connect after it has given up', async () => {
    const target = await targetFor(saying(''))
    using _dns = await startDns({ 'db.corp.example': HOST })
    const { resolveCname } = promises.Resolver.prototype
    let answer = (): void => {}
    const late = new Promise<void>((resolve) => {
      answer = resolve
    })
    const slow = vi.spyOn(promises.Resolver.prototype, 'resolveCname')
    slow.mockImplementation(async function slowly(this: promises.Resolver, name) {
      await late
      return resolveCname.call(this, name)
    })
    const { via: _, ...direct } = target
    const alias = { ...direct, host: 'db.corp.example', region: 'us-east-1', cname: true, connectTimeout: 20 }
    await expect(open(alias)).rejects.toMatchObject({ code: 'ER_CONNECTION_TIMEOUT' })
    answer()
    await Promise.allSettled([slow.mock.results[0]?.value])
    await expect(open(target)).rejects.toThrow()
    expect(hostile?.clients).toBe(1)
  })
})
