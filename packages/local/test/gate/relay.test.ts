import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { relay } from '@rds-iam/wire/relay'
import { tame } from '@rds-iam/wire/sockets'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

/** client ↔ near (relayed to) far ↔ server */
let client: Socket
let near: Socket
let far: Socket
let server: Socket
const listeners: Server[] = []

async function pair(): Promise<[Socket, Socket]> {
  const listener = createServer({ allowHalfOpen: true })
  listeners.push(listener)
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const one = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const [other] = (await once(listener, 'connection')) as [Socket]
  for (const socket of [one, other]) tame(socket)
  return [one, other]
}

beforeEach(async () => {
  ;[client, near] = await pair()
  ;[server, far] = await pair()
})
afterEach(() => {
  for (const socket of [client, near, far, server]) socket.destroy()
  for (const listener of listeners.splice(0)) listener.close()
})

/** What comes until the other side has said all; `socket` itself stays open. */
function all(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
  })
}

it('moves bytes both ways', async () => {
  relay(near, far)
  client.write('question')
  expect(String((await once(server, 'data'))[0])).toBe('question')
  server.write('answer')
  expect(String((await once(client, 'data'))[0])).toBe('answer')
})

it('passes on what came before it began', async () => {
  client.write('early')
  client.end(' bird')
  await once(near, 'readable')
  relay(near, far)
  expect(await all(server)).toBe('early bird')
})

it('passes a half-close on, and the answer that comes after it', async () => {
  relay(near, far)
  client.end('all I have to say')
  expect(await all(server)).toBe('all I have to say')
  server.end('and the answer')
  expect(await all(client)).toBe('and the answer')
  await vi.waitFor(() => expect([near.destroyed, far.destroyed]).toEqual([true, true]), 10_000)
})

it('passes a half-close on the other way, too', async () => {
  relay(near, far)
  server.end('goodbye')
  expect(await all(client)).toBe('goodbye')
  client.end('goodbye to you')
  expect(await all(server)).toBe('goodbye to you')
})

it.each(['client', 'server'] as const)(
  'closes the other side when the %s breaks the connection',
  async (side) => {
    relay(near, far)
    const [broken, left] = side === 'client' ? [client, server] : [server, client]
    broken.write('last words')
    await once(left, 'data')
    left.resume()
    broken.resetAndDestroy()
    await once(left, 'end')
    left.end()
    await vi.waitFor(() => expect([near.destroyed, far.destroyed]).toEqual([true, true]), 10_000)
  },
)

it('closes the other side when one was gone before it began', async () => {
  client.resetAndDestroy()
  await new Promise((resolve) => near.once('close', resolve))
  relay(near, far)
  server.resume()
  await once(server, 'end')
  expect(far.destroyed).toBe(true)
})

it('waits for a reader that is slow', async () => {
  relay(near, far)
  const chunk = Buffer.alloc(64 * 1024, 1)
  let sent = 0
  // The server does not read. What fits into the sockets' buffers goes through, and then no more.
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
  }, 10_000)
  expect(far.writableLength).toBeLessThan(1024 * 1024)
  expect(near.readableLength).toBeLessThan(1024 * 1024)
  client.removeAllListeners('drain')
  client.end()
  let received = 0
  for await (const part of server) received += (part as Buffer).length // no encoding is set
  expect(received % chunk.length).toBe(0)
  expect(received).toBeGreaterThanOrEqual(sent)
})
