import { once } from 'node:events'
import { readBytes } from '@rds-iam/wire/read'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { connectPg, sign, USER } from '../support/clients.ts'
import { dialRaw, drain, PG_SSL_REQUEST, startTls } from '../support/raw.ts'
import { useWatched } from '../support/verdicts.ts'

let clockSkewMs = 0
const watched = useWatched({
  engine: 'postgres',
  users: [USER, 'second_user'],
  now: () => Date.now() + clockSkewMs,
})

/** A query that takes a minute. It sends a notice when it starts, because before that there is nothing to cancel. */
const LONG_QUERY = "DO $$ BEGIN RAISE NOTICE 'begun'; PERFORM pg_sleep(60); END $$"

describe('a logged-in client', () => {
  it('has the user and the database that it asked for', async () => {
    const client = await connectPg(watched().local)
    const { rows } = await client.query(
      "SELECT current_user AS who, current_database() AS where, current_setting('server_version') AS version, current_setting('max_connections') AS most, rolsuper AS super FROM pg_roles WHERE rolname = current_user",
    )
    const { serverVersion: version } = watched().local
    expect(rows).toEqual([{ who: USER, where: 'app', version, most: '1000', super: false }])
    await client.end()
  })

  it('may create tables and databases', async () => {
    const client = await connectPg(watched().local)
    await client.query('CREATE TABLE made_here (id int)')
    await client.query('CREATE DATABASE another')
    const other = await connectPg(watched().local, { database: 'another' })
    await other.query('CREATE TABLE made_there (id int)')
    await other.end()
    await client.end()
  })

  it('may create tables as the second user too', async () => {
    const client = await connectPg(watched().local, { user: 'second_user' })
    await client.query('CREATE TABLE made_by_second (id int)')
    await client.end()
  })

  it('sends and receives megabytes intact', async () => {
    const client = await connectPg(watched().local)
    const text = 'ab'.repeat(4 * 1024 * 1024)
    const { rows } = await client.query(
      'SELECT $1::text AS back, md5($1::text) AS sum, md5($1::text || $1::text)',
      [text],
    )
    expect(rows[0].back === text).toBe(true)
    const many = await client.query(
      'SELECT i, repeat(i::text, 100) AS filler FROM generate_series(1, 50000) AS i',
    )
    expect(many.rows).toHaveLength(50_000)
    expect(many.rows[49_999].filler).toBe('50000'.repeat(100))
    await client.end()
  })

  it('can have fifty connections at once', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => connectPg(watched().local)))
    const pids = await Promise.all(clients.map((client) => client.query('SELECT pg_backend_pid() AS pid')))
    expect(new Set(pids.map(({ rows }) => rows[0].pid)).size).toBe(50)
    await Promise.all(clients.map((client) => client.end()))
  })

  it('stays connected after its token has expired', async () => {
    const token = await sign(watched().local)
    const client = await connectPg(watched().local, { token })
    clockSkewMs = 3_600_000
    await expect(connectPg(watched().local, { token })).rejects.toMatchObject({ code: '28000' })
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    clockSkewMs = 0
    await client.end()
  })

  it('cancels its query over a separate connection', async () => {
    const client = await connectPg(watched().local)
    // pg has both after connecting, but its types don't.
    const { processID, secretKey } = client as pg.Client & { processID: number; secretKey: number }
    const key = Buffer.alloc(16)
    key.writeInt32BE(16, 0)
    key.writeInt32BE(80877102, 4)
    key.writeInt32BE(processID, 8)
    key.writeInt32BE(secretKey, 12)
    for (const overTls of [false, true]) {
      const before = watched().local.verdicts.length
      const begun = once(client, 'notice')
      const fate = expect(client.query(LONG_QUERY)).rejects.toMatchObject({ code: '57014' })
      await begun
      let socket = await dialRaw(watched().local)
      if (overTls) {
        socket.write(PG_SSL_REQUEST)
        await readBytes(socket, 1)
        socket = await startTls(watched().local, socket)
      }
      socket.write(key)
      // The server closes without an answer.
      expect(await drain(socket)).toHaveLength(0)
      socket.end()
      await fate
      expect(watched().local.verdicts).toHaveLength(before) // it is not a login
    }
    await client.end()
  })
})
