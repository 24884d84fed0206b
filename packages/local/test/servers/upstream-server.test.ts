import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SharedServer } from '../../../../test/setup/servers.ts'
import { sharedServer } from '../../../../test/support/shared.ts'
import { LocalRdsError, startLocalRds } from '../../src/index.ts'
import { probePostgres } from '../../src/servers/postgres-probe.ts'
import { startPostgres } from '../../src/servers/postgres-server.ts'
import type { Server } from '../../src/servers/server.ts'
import { openSession, USER, visit } from '../support/clients.ts'

const WANTED = { users: [USER], database: 'app' }

describe('a running PostgreSQL', () => {
  let server: Server

  beforeAll(async () => {
    server = await startPostgres(WANTED)
    const superuser = { ...server, user: 'postgres', database: 'app' }
    const rules = [
      'trust_user trust',
      'md5_user md5',
      'scram_user scram-sha-256',
      'clear_user password',
      'all scram-sha-256',
    ]
    const file = rules.map((rule) => `host all ${rule.replace(' ', ' 127.0.0.1/32 ')}`).join('\n')
    await probePostgres(superuser, [
      'CREATE USER trust_user',
      "SET password_encryption = 'md5'",
      "CREATE USER md5_user PASSWORD 'md5 : p@ss/word'",
      "SET password_encryption = 'scram-sha-256'",
      'SET scram_iterations = 4096',
      "CREATE USER scram_user PASSWORD 'scram : p@ss/wörd'",
      "CREATE USER clear_user PASSWORD 'clear : p@ss/word'",
      // Let the server write its own pg_hba.conf and reload it.
      `DO $$ BEGIN EXECUTE format('COPY (SELECT line FROM unnest(string_to_array(%L, E''\\n'')) AS line) TO %L', '${file}', current_setting('hba_file')); END $$`,
      'SELECT pg_reload_conf()',
    ])
    // The reload takes a moment.
    for (;;) {
      const ready = probePostgres({ ...server, user: 'trust_user', password: '', database: 'app' })
      if (
        await ready.then(
          () => true,
          () => false,
        )
      )
        break
    }
  })
  afterAll(() => server.stop())

  it.each([
    ['scram-sha-256', 'scram_user', 'scram : p@ss/wörd'],
    ['md5', 'md5_user', 'md5 : p@ss/word'],
    ['password', 'clear_user', 'clear : p@ss/word'],
    ['trust', 'trust_user', ''],
  ])('is logged in to with %s, as the user in the URL', async (_method, user, password) => {
    const upstream = new URL(`postgres://127.0.0.1:${server.port}/app`)
    upstream.username = encodeURIComponent(user)
    upstream.password = encodeURIComponent(password)
    const local = await startLocalRds({ engine: 'postgres', upstream })
    try {
      expect(local.serverVersion).toBe(server.version)
      expect(local.url).toBe(`postgres://${USER}@localhost:${local.port}/app`)
      const session = await openSession(local)
      expect(await session.query('SELECT current_user AS who')).toEqual([{ who: user }])
      await session.end()
      expect(local.verdicts.at(-1)).toMatchObject({ admitted: true, user: USER })
    } finally {
      await local.stop()
    }
    await probePostgres({ ...server, user, password, database: 'app' }) // it still runs
  })

  it('is logged in to as the client’s own user if the URL has no user', async () => {
    const upstream = `postgres://127.0.0.1:${server.port}`
    const local = await startLocalRds({ engine: 'postgres', upstream, users: ['trust_user', 'md5_user'] })
    try {
      const session = await openSession(local, { user: 'trust_user' })
      expect(await session.query('SELECT current_user AS who')).toEqual([{ who: 'trust_user' }])
      await session.end()
      await expect(visit(local, { user: 'md5_user' })).rejects.toMatchObject({
        code: '28P01',
        message: 'password authentication failed for user "md5_user"',
      })
      expect(local.verdicts.at(-1)).toMatchObject({ reason: 'server-refused', user: 'md5_user' })
    } finally {
      await local.stop()
    }
  })

  it('must accept the gate’s login at the start, and its password is not shown', async () => {
    const upstream = `postgres://scram_user:hunter2@127.0.0.1:${server.port}/app`
    const fate = startLocalRds({ engine: 'postgres', upstream })
    await expect(fate).rejects.toBeInstanceOf(LocalRdsError)
    await expect(fate).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_UPSTREAM',
      message: expect.stringContaining(': FATAL 28P01: password authentication failed'),
    })
    await expect(fate).rejects.not.toThrow('hunter2')
  })
})

describe('a running MariaDB', () => {
  let server: SharedServer
  beforeAll(async () => {
    server = await sharedServer('mysql')
  })

  it('is logged in to with a password, as the user in the URL', async () => {
    const upstream = `mysql://${USER}:${server.password}@127.0.0.1:${server.port}/app`
    const local = await startLocalRds({ engine: 'mysql', upstream, users: ['jane_doe'] })
    try {
      expect(local.serverVersion).toBe(server.version)
      const session = await openSession(local, { user: 'jane_doe' })
      expect(await session.query('SELECT CURRENT_USER() AS who')).toEqual([{ who: `${USER}@%` }])
      await session.query("CREATE USER no_password@'%'")
      await session.query("GRANT ALL ON app.* TO no_password@'%'")
      await session.end()
    } finally {
      await local.stop()
    }
  })

  it('must already have the database', async () => {
    const upstream = `mysql://${USER}:${server.password}@127.0.0.1:${server.port}/nowhere`
    await expect(startLocalRds({ engine: 'mysql', upstream })).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_UPSTREAM',
      message: expect.stringContaining("1049 (42000): Unknown database 'nowhere'"),
    })
  })

  it('is logged in to as the client’s own user if the URL has no user', async () => {
    const upstream = `mariadb://127.0.0.1:${server.port}/app`
    const local = await startLocalRds({ engine: 'mysql', upstream, users: ['no_password', USER] })
    try {
      const session = await openSession(local, { user: 'no_password' })
      expect(await session.query('SELECT CURRENT_USER() AS who')).toEqual([{ who: 'no_password@%' }])
      await session.end()
      await expect(visit(local)).rejects.toMatchObject({
        errno: 1045,
        message: expect.stringContaining('using password: NO'),
      })
      expect(local.verdicts.at(-1)).toMatchObject({ reason: 'server-refused', user: USER })
    } finally {
      await local.stop()
    }
  })

  it('passes on its refusal to greet', async () => {
    const upstream = `mysql://${USER}:${server.password}@127.0.0.1:${server.port}/app`
    const local = await startLocalRds({ engine: 'mysql', upstream })
    const sessions = [await openSession(local)]
    try {
      // An administrator may exceed max_connections by one.
      await sessions[0]?.query('SET GLOBAL max_connections = 10')
      let refused: unknown
      while (refused === undefined && sessions.length < 20) {
        await openSession(local).then(
          (session) => sessions.push(session),
          (error: unknown) => {
            refused = error
          },
        )
      }
      expect(refused).toMatchObject({ errno: 1040, message: 'Too many connections' })
      expect(local.verdicts.at(-1)).toMatchObject({
        reason: 'server-refused',
        detail: expect.stringContaining('1040'),
      })
      await sessions[0]?.query('SET GLOBAL max_connections = 1000')
    } finally {
      for (const session of sessions) await session.end()
      await local.stop()
    }
  })
})
