import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enter, useLocalRds, verdictsOf } from './rds.ts'
import { stacks, statements } from './stacks.ts'

const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const SSL_REQUEST = '0000000804d2162f'
const TLS_HANDSHAKE = '16'

const rds = useLocalRds({ engine: 'postgres', endpoint: { host: WRITER } })

/** A tunnel that remembers how each connection began. */
let tunnel: Server
let beginnings: string[]
beforeEach(async () => {
  beginnings = []
  tunnel = createServer((socket) => {
    const onward = connect(rds().port, '127.0.0.1')
    socket.once('data', (chunk) => beginnings.push(chunk.toString('hex')))
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(tunnel, 'listening')
})
afterEach(() => tunnel.close())

describe.each(stacks.filter(({ engine }) => engine === 'postgres'))('$name', (stack) => {
  it.each([
    ['begins with TLS at once when sslnegotiation is direct', '?sslnegotiation=direct', TLS_HANDSHAKE],
    ['asks for TLS first otherwise', '', SSL_REQUEST],
  ])('%s', async (_what, query, beginning) => {
    enter(rds())
    const { port } = tunnel.address() as AddressInfo // a server that listens on TCP has one
    const url = `postgres://iam_user@${WRITER}:${rds().endpoint.port}/app${query}`
    const verdicts = await verdictsOf(rds(), async () => {
      const db = await stack.open({ url, via: `127.0.0.1:${port}` }, 2)
      await db.query(statements.postgres.user).finally(() => db.close())
    })
    expect(new Set(verdicts.map(({ reason }) => reason))).toEqual(new Set(['admitted']))
    expect(beginnings.length).toBeGreaterThan(0)
    for (const begun of beginnings) expect(begun.startsWith(beginning)).toBe(true)
  })
})
