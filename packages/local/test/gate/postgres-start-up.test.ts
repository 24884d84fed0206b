import { readMessage } from '@rds-iam/wire/postgres-messages'
import { readBytes } from '@rds-iam/wire/read'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { connectPg, sign, USER, visit } from '../support/clients.ts'
import {
  dialRaw,
  drain,
  PG_GSSENC_REQUEST,
  PG_SSL_REQUEST,
  pgPassword,
  pgStartUp,
  pgToThePassword,
  startTls,
} from '../support/raw.ts'
import { useWatched } from '../support/verdicts.ts'

const watched = useWatched({ engine: 'postgres' })

describe('a start-up', () => {
  it('may start with TLS directly', async () => {
    const client = await connectPg(watched().local, {}, { sslnegotiation: 'direct' } as pg.ClientConfig)
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await client.end()
  })

  it('that starts with TLS directly must name the protocol', async () => {
    const [verdict] = await Promise.all([
      watched().next(),
      startTls(watched().local, await dialRaw(watched().local)).then(drain),
    ])
    expect(verdict).toMatchObject({ reason: 'tls-failed', detail: expect.stringContaining('ALPN') })
  })

  it('may ask for GSSAPI encryption first, and continue without it', async () => {
    const socket = await dialRaw(watched().local)
    socket.write(PG_GSSENC_REQUEST)
    expect((await readBytes(socket, 1)).toString()).toBe('N')
    socket.write(PG_SSL_REQUEST)
    expect((await readBytes(socket, 1)).toString()).toBe('S')
    const secure = await startTls(watched().local, socket)
    secure.write(pgStartUp({ user: USER, database: 'app' }))
    expect((await readMessage(secure)).type).toBe('R')
    secure.write(pgPassword(await sign(watched().local)))
    expect(await readMessage(secure)).toMatchObject({ type: 'R', body: Buffer.alloc(4) })
    secure.destroy()
  })

  it('without a database means the database with the user’s name', async () => {
    const { local } = watched()
    const owner = await connectPg(local)
    await owner.query(`CREATE DATABASE "${USER}"`)
    await owner.end()
    const secure = await pgToThePassword(local, { user: USER })
    secure.write(pgPassword(await sign(local)))
    expect(await readMessage(secure)).toMatchObject({ type: 'R', body: Buffer.alloc(4) })
    expect(local.verdicts.at(-1)).toMatchObject({ admitted: true, database: USER })
    secure.destroy()
  })

  it('may ask for a newer protocol, which the server negotiates before it asks for the password', async () => {
    const { local } = watched()
    for (const [parameters, protocol] of [
      [{ user: USER, database: 'app', '_pq_.unheard_of': '1' }, 196608],
      [{ user: USER, database: 'app' }, 196608 + 9999],
    ] as const) {
      const socket = await dialRaw(local)
      socket.write(PG_SSL_REQUEST)
      await readBytes(socket, 1)
      const secure = await startTls(local, socket)
      secure.write(pgStartUp(parameters, protocol))
      expect((await readMessage(secure)).type).toBe('v') // NegotiateProtocolVersion
      expect(await readMessage(secure)).toMatchObject({ type: 'R', body: Buffer.from([0, 0, 0, 3]) })
      secure.write(pgPassword(await sign(local)))
      expect(await readMessage(secure)).toMatchObject({ type: 'R', body: Buffer.alloc(4) })
      secure.destroy()
    }
  })

  it('may ask for protocol 3.2, which the server supports', async () => {
    const { local } = watched()
    const secure = await pgToThePassword(local, { user: USER, database: 'app' }, 196608 + 2)
    secure.write(pgPassword(await sign(local)))
    for (;;) {
      const { type, body } = await readMessage(secure)
      // Its cancel key is longer than the four bytes of protocol 3.0.
      if (type === 'K') expect(body.length).toBeGreaterThan(8)
      if (type === 'K') break
    }
    secure.destroy()
  })

  it('has its parameters passed on', async () => {
    const client = await connectPg(
      watched().local,
      {},
      { application_name: 'tests', options: '-c work_mem=5MB' },
    )
    const { rows } = await client.query(
      "SELECT current_setting('application_name') AS name, current_setting('work_mem') AS mem",
    )
    expect(rows).toEqual([{ name: 'tests', mem: '5MB' }])
    await client.end()
  })

  it('may arrive byte by byte', async () => {
    const { local } = watched()
    const socket = await dialRaw(local)
    for (const byte of PG_SSL_REQUEST) socket.write(Buffer.from([byte]))
    await readBytes(socket, 1)
    const secure = await startTls(local, socket)
    for (const byte of pgStartUp({ user: USER, database: 'app' })) secure.write(Buffer.from([byte]))
    await readMessage(secure)
    for (const byte of pgPassword(await sign(local))) secure.write(Buffer.from([byte]))
    expect(await readMessage(secure)).toMatchObject({ type: 'R', body: Buffer.alloc(4) })
    secure.destroy()
  })

  it('may be followed by the token and a query in one packet', async () => {
    const { local } = watched()
    const socket = await dialRaw(local)
    socket.write(PG_SSL_REQUEST)
    await readBytes(socket, 1)
    const secure = await startTls(local, socket)
    const query = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 13]), Buffer.from('SELECT 1\0')])
    const goodbye = Buffer.from([0x58, 0, 0, 0, 4])
    secure.write(
      Buffer.concat([
        pgStartUp({ user: USER, database: 'app' }),
        pgPassword(await sign(local)),
        query,
        goodbye,
      ]),
    )
    expect((await drain(secure)).toString('latin1')).toContain('SELECT 1')
    await visit(local)
  })
})
