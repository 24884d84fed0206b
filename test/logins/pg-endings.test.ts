// How pg's connections end on failures.
import tls from 'node:tls'
import { iamPgConfig } from '@rds-iam/core/pg'
import type { Verdict } from '@rds-iam/local'
import pg from 'pg'
import pgOldest from 'pg-oldest'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startDns } from '../support/dns.ts'
import { enter, useLocalRds } from '../support/rds.ts'

let decide = (_verdict: Verdict): void => {}
const rds = useLocalRds({ engine: 'postgres', onVerdict: (verdict) => decide(verdict) })

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const { DEFAULT_CIPHERS } = tls
afterEach(() => {
  tls.DEFAULT_CIPHERS = DEFAULT_CIPHERS
})

describe.each([
  { name: 'pg 8.11', Client: pgOldest.Client },
  { name: 'pg 8.23', Client: pg.Client },
])('closes the connection of $name', ({ Client }) => {
  it('if there is no token for it', async () => {
    enter(rds())
    const decided = new Promise<Verdict>((resolve) => {
      decide = resolve
    })
    const credentials = () => Promise.reject(new Error('the vault is closed'))
    await expect(new Client(iamPgConfig({ credentials })).connect()).rejects.toThrow('the vault is closed')
    expect(await decided).toMatchObject({ reason: 'incomplete' }) // otherwise, the gate reports its timeout
  })

  it.each([
    ['its endpoint', undefined],
    ['an alias', 'db.corp.example'],
  ])('to %s if TLS is set up wrongly, as by --tls-cipher-list', async (_, host) => {
    enter(rds())
    using _dns = await startDns({ 'db.corp.example': HOST })
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined) // no other test has parsed the same roots
    const { port } = rds()
    const own = host === undefined ? {} : { host, port, user: 'iam_user', region: 'us-east-1', cname: true }
    const config = iamPgConfig(own)
    tls.DEFAULT_CIPHERS = 'unheard-of'
    const client = new Client(config)
    await expect(client.connect()).rejects.toThrow(/no cipher match/i)
    expect(Object(client).connection.stream.destroyed).toBe(true) // pg's types lack it
  })
})
