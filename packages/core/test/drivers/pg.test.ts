import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { play } from '../../../../test/support/play.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'

/** pg's internal class that creates the connection string for pg-native. It has no exported types. */
const ConnectionParameters: new (config: object) => { getLibpqConnectionString(done: () => void): void } =
  createRequire(import.meta.url)('pg/lib/connection-parameters')

const target = { host: 'orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com', user: 'jane_doe' }

describe('the password function', () => {
  const taken = 'password: the function that returns a token was used as text, by pg.native'

  it('fails when pg.native writes it into its connection string', () => {
    const parameters = new ConnectionParameters(iamPgConfig(target))
    expect(() => parameters.getLibpqConnectionString(() => {})).toThrow(taken)
  })

  it('fails when it is written into a URL', () => {
    const { user, password, host } = iamPgConfig(target)
    expect(() => `postgres://${user}:${password}@${host}`).toThrow(taken)
    expect(() => encodeURIComponent(String(password))).toThrow(taken)
  })

  it('can be printed with the rest of the config', () => {
    const config = iamPgConfig(target)
    expect(inspect(config, { depth: 5 })).toContain('password')
    expect(JSON.parse(JSON.stringify(config))).not.toHaveProperty('password')
  })
})

it('parses the roots while the connection is being opened, not before', () => {
  const { createSecureContext } = tls
  const parse = vi.spyOn(tls, 'createSecureContext')
  const { host, port, ssl, stream } = iamPgConfig({ ...target, via: '127.0.0.1:1' })
  const socket: { connect?(port: number, host: string): unknown } & Duplex = stream({ ssl })
  socket.on('error', () => {}) // nobody listens there
  expect(parse).not.toHaveBeenCalled()
  let opening: unknown
  parse.mockImplementation((options) => {
    opening = Object(socket).connecting
    return createSecureContext(options)
  })
  socket.connect?.(port, host)
  expect(opening).toBe(true)
  socket.destroy()
})

it('creates a socket that accepts writes before it is connected, for protocol clients other than pg', async () => {
  await using server = await play(async ({ socket }) => socket.pipe(socket))
  const socket = iamPgConfig({ ...target, via: `127.0.0.1:${server.port}` }).stream()
  socket.write('at once')
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toBe('at once')
  socket.destroy()
})
