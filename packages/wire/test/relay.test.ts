import { once } from 'node:events'
import type { Socket } from 'node:net'
import { relay } from '@rds-iam/wire/relay'
import { beforeEach, expect, it, vi } from 'vitest'
import { pair } from './support/pair.ts'

/** client ↔ near (relayed to) far ↔ server */
let client: Socket
let near: Socket
let far: Socket
let server: Socket

beforeEach(async () => {
  ;[client, near] = await pair()
  ;[server, far] = await pair()
})

/** Reads until the other side ends; `socket` itself stays open. */
function all(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
  })
}

it('copies bytes both ways', async () => {
  relay(near, far)
  client.write('question')
  expect(String((await once(server, 'data'))[0])).toBe('question')
  server.write('answer')
  expect(String((await once(client, 'data'))[0])).toBe('answer')
})

it('passes on bytes that arrived before it started', async () => {
  client.write('early')
  client.end(' bird')
  await once(near, 'readable')
  relay(near, far)
  expect(await all(server)).toBe('early bird')
})

it('passes on a half-close, and the answer that follows', async () => {
  relay(near, far)
  client.end('all I have to say')
  expect(await all(server)).toBe('all I have to say')
  server.end('and the answer')
  expect(await all(client)).toBe('and the answer')
  await vi.waitFor(() => expect([near.destroyed, far.destroyed]).toEqual([true, true]), 30_000)
})

it('passes on a half-close in the other direction too', async () => {
  relay(near, far)
  server.end('goodbye')
  expect(await all(client)).toBe('goodbye')
  client.end('goodbye to you')
  expect(await all(server)).toBe('goodbye to you')
})

it.each(['client', 'server'] as const)(
  'closes the other side if the %s breaks the connection',
  async (side) => {
    relay(near, far)
    const [broken, left] = side === 'client' ? [client, server] : [server, client]
    broken.write('last words')
    await once(left, 'data')
    left.resume()
    broken.resetAndDestroy()
    await once(left, 'end')
    left.end()
    await vi.waitFor(() => expect([near.destroyed, far.destroyed]).toEqual([true, true]), 30_000)
  },
)

it('closes the other side if one was gone before it started', async () => {
  client.resetAndDestroy()
  await new Promise((resolve) => near.once('close', resolve))
  relay(near, far)
  server.resume()
  await once(server, 'end')
  expect(far.destroyed).toBe(true)
})

it('waits for a slow reader', async () => {
  relay(near, far)
  const chunk = Buffer.alloc(64 * 1024, 1)
  let sent = 0
  // The server doesn't read, so only what fits into the sockets' buffers gets through.
  while (client.write(chunk)) sent += chunk.length
  client.on('drain', () => {
    while (client.write(chunk)) sent += chunk.length
  })
  await vi.waitFor(() => {
    const before = sent
    return new Promise<void>((resolve, reject) =>
      setImmediate(() =>
        sent === before && far.writableNeedDrain ? resolve() : reject(new Error('still going')),
      ),
    )
  }, 30_000)
  expect(far.writableLength).toBeLessThan(1024 * 1024)
  expect(near.readableLength).toBeLessThan(1024 * 1024)
  client.removeAllListeners('drain')
  client.end()
  let received = 0
  for await (const part of server) received += (part as Buffer).length // no encoding is set
  expect(received % chunk.length).toBe(0)
  expect(received).toBeGreaterThanOrEqual(sent)
})

it('delivers the remaining bytes after both sides have ended', async () => {
  relay(near, far)
  client.end('question')
  expect(await all(server)).toBe('question')
  const chunk = Buffer.alloc(64 * 1024, 1)
  let sent = 0
  // The client doesn't read, so bytes that don't fit into its socket wait in ours.
  while (near.writableLength === 0) {
    server.write(chunk)
    sent += chunk.length
    while (far.bytesRead < sent) await new Promise(setImmediate)
    await new Promise(setImmediate)
  }
  const closed = once(far, 'close')
  server.end()
  await closed
  let received = 0
  for await (const part of client) received += (part as Buffer).length // no encoding is set
  expect(received).toBe(sent)
})
