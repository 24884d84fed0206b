import { once } from 'node:events'
import type { Socket } from 'node:net'
import { readPacket } from '@rds-iam/wire/mysql-packets'
import { int32, message, readMessage } from '@rds-iam/wire/postgres-messages'
import { describe, expect, it } from 'vitest'
import { inTurn, play } from '../../../../test/support/play.ts'
import { PG_READY, pgAuthentication, pgSaying } from '../../../../test/support/postgres-scripts.ts'
import { type LocalRds, startLocalRds } from '../../src/index.ts'
import {
  gateFor,
  overTls,
  passwordOf,
  START_UP,
  startUpOf,
  toThePassword,
  toTls,
} from '../support/bad-clients.ts'
import { openSession, visit } from '../support/clients.ts'
import { dialRaw, drain, pgStartUp, startTls } from '../support/raw.ts'
import { startWatched } from '../support/verdicts.ts'

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2))
}

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  const { watched, verdictOn } = gateFor(engine)

  it.each<[string, (local: LocalRds) => Promise<Socket>, string]>([
    ['a port probe', async (local) => (await dialRaw(local)).end(), 'hung up while the gate was waiting for'],
    ['a port probe that resets', async (local) => (await dialRaw(local)).resetAndDestroy(), ''],
    ['half a start-up', async (local) => (await overTls(local)).end(half(startUpOf(engine))), ''],
    ['hanging up instead of a token', async (local) => (await toThePassword(local)).end(), 'the token'],
    [
      'half a token',
      async (local) => (await toThePassword(local)).end(half(passwordOf(engine, 'x'.repeat(1000)))),
      'the token',
    ],
  ])('%s is incomplete', async (_what, client, detail) => {
    expect(await verdictOn(client)).toMatchObject({
      reason: 'incomplete',
      detail: expect.stringContaining(detail),
    })
  })

  it('a client that goes silent at any point gets a timeout, and is disconnected', async () => {
    // Long enough for each of them to come as far as it should on a busy machine.
    const { local } = await startWatched({ engine, loginTimeoutMs: 4_000 })
    const halfWay = await overTls(local)
    halfWay.write(half(startUpOf(engine)))
    const clients = [dialRaw(local), toTls(local), overTls(local), halfWay, toThePassword(local)]
    for (const client of await Promise.all(clients)) {
      client.on('end', () => client.end())
      await drain(client)
    }
    const { verdicts } = local
    await local.stop()
    expect(verdicts.map(({ reason }) => reason)).toEqual(Array(5).fill('timeout'))
    const awaited = verdicts.map(
      ({ detail }) => /longer than 4000 ms\. The gate was waiting for (.*)\.$/.exec(detail)?.[1],
    )
    expect(awaited.sort()).toEqual(
      [
        engine === 'postgres' ? 'the start of a login' : 'the answer to the greeting',
        'the end of the TLS handshake',
        'the first packet over TLS',
        'the first packet over TLS',
        engine === 'postgres'
          ? 'the token'
          : 'the token by mysql_clear_password, a plugin that some clients enable only on request',
      ].sort(),
    )
  })

  it('many bad clients at once do not keep a good one from logging in', async () => {
    const bad = await Promise.all(Array.from({ length: 50 }, () => dialRaw(watched().local)))
    await visit(watched().local)
    for (const socket of bad) socket.end()
    await Promise.all(bad.map(drain))
  })

  it('stopping during logins disconnects the clients without a verdict', async () => {
    const { local } = await startWatched({ engine })
    const half = await Promise.all([dialRaw(local), toTls(local), overTls(local), toThePassword(local)])
    const gone = Promise.all(half.map((socket) => once(socket, 'close')))
    for (const socket of half) socket.resume().once('end', () => socket.end())
    await local.stop()
    await gone
    expect(local.verdicts).toEqual([])
  })
})

describe('clients that go silent before they send a token', () => {
  it('use up at most 100 connections of a MySQL server', async () => {
    const { local } = await startWatched({ engine: 'mysql' })
    try {
      const silent = await Promise.all(Array.from({ length: 1010 }, () => dialRaw(local)))
      for (const socket of silent) await readPacket(socket) // each gets a greeting
      const session = await openSession(local)
      const [row] = await session.query("SHOW STATUS WHERE Variable_name = 'Threads_connected'")
      expect(Number(row?.Value)).toBeLessThanOrEqual(101)
      await session.end()
      for (const socket of silent) socket.destroy()
    } finally {
      await local.stop()
    }
  })

  it('hold no connection of a PostgreSQL server while the gate waits for the token', async () => {
    let closed: Promise<unknown> | undefined
    await using server = await play(
      inTurn(
        pgSaying(pgAuthentication(0), PG_READY), // for the start of the local RDS
        async (talk) => {
          closed = once(talk.socket, 'close')
          await pgSaying(message('v', int32(196608), int32(0)), pgAuthentication(3))(talk)
        },
      ),
    )
    const local = await startLocalRds({
      engine: 'postgres',
      upstream: `postgres://127.0.0.1:${server.port}/app`,
      loginTimeoutMs: 100_000,
    })
    const client = await startTls(local, await toTls(local))
    client.write(pgStartUp(START_UP, 196608 + 2))
    await readMessage(client) // the server's negotiation
    await readMessage(client) // the request for the token
    await closed
    await local.stop()
  })
})
