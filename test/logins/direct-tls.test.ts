import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Played, passingOnTo, play } from '../support/play.ts'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'
import { stacks, statements } from '../support/stacks.ts'

const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const SSL_REQUEST = '0000000804d2162f'
const TLS_HANDSHAKE = '16'

const rds = useLocalRds({ engine: 'postgres', endpoint: { host: WRITER } })

/** A tunnel that remembers how each connection started. */
let tunnel: Played
let beginnings: string[]
beforeEach(async () => {
  beginnings = []
  tunnel = await play(async (talk) => {
    talk.socket.once('data', (chunk) => beginnings.push(chunk.toString('hex')))
    await passingOnTo(rds().port)(talk)
  })
})
afterEach(() => tunnel.stop())

describe.each(stacks.filter(({ engine }) => engine === 'postgres'))('$name', (stack) => {
  it.each([
    ['starts with TLS directly if sslnegotiation is direct', '?sslnegotiation=direct', TLS_HANDSHAKE],
    ['asks for TLS first otherwise', '', SSL_REQUEST],
  ])('%s', async (_what, query, beginning) => {
    enter(rds())
    const url = `postgres://iam_user@${WRITER}:${rds().endpoint.port}/app${query}`
    const verdicts = await verdictsOf(rds(), async () => {
      const db = await stack.open({ url, via: `127.0.0.1:${tunnel.port}` }, 2)
      await db.query(statements.postgres.user).finally(() => db.close())
    })
    expect(new Set(verdicts.map(({ reason }) => reason))).toEqual(new Set(['admitted']))
    expect(beginnings.length).toBeGreaterThan(0)
    for (const begun of beginnings) expect(begun.startsWith(beginning)).toBe(true)
  })
})
