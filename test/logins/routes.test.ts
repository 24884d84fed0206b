import { createSocket } from 'node:dgram'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { promises } from 'node:dns'
import { once } from 'node:events'
import { join } from 'node:path'
import { channels, createTokenSource, type IamTarget } from '@rds-iam/core'
import type { LocalRds } from '@rds-iam/local'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { atOnce } from '../support/at-once.ts'
import { startDns } from '../support/dns.ts'
import { useFolder } from '../support/folder.ts'
import { type Played, passingOnTo, play } from '../support/play.ts'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { type Stack, stacks, statements } from '../support/stacks.ts'

const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const ALIAS = 'db.corp.example'

const byName = useServers({ endpoint: { host: WRITER } })
const byIpv6 = useServers({ host: '::1', endpoint: { host: WRITER } })
const byAddress = useServers({ endpoint: { host: '127.0.0.1' } })

/** The target of a gate, without the address to connect to. */
function targetOf(rds: LocalRds): IamTarget {
  const { host, port } = rds.endpoint
  return { engine: rds.engine, host, port, user: 'iam_user', database: 'app' }
}

/** Opens a connection, runs a query, and closes it. Returns the gate's verdict. */
async function reasons(stack: Stack, rds: LocalRds, target: IamTarget): Promise<string[]> {
  enter(rds)
  const verdicts = await verdictsOf(rds, async () => {
    const db = await stack.open(target, 2)
    await db.query(statements[stack.engine].user).finally(() => db.close())
  })
  return [...new Set(verdicts.map(({ reason }) => reason))]
}

const folder = useFolder()
const sockets: Record<string, string> = {}
const tunnels: Played[] = []
beforeAll(async () => {
  for (const engine of ['postgres', 'mysql'] as const) {
    const path = join(folder, engine)
    sockets[engine] = path
    // Does what `ssh -L path:host:port` does.
    tunnels.push(await play(passingOnTo(byName[engine]().port), path))
  }
})
afterAll(async () => {
  for (const tunnel of tunnels) await tunnel.stop()
})

/** `hop9.corp.example` is an alias of `hop8.corp.example`, and so on. `hop1.corp.example` is an alias of `end`. */
function chain(length: number, end: string): Record<string, string> {
  const name = (hop: number): string => (hop === 0 ? end : `hop${hop}.corp.example`)
  return Object.fromEntries(Array.from({ length }, (_, hop) => [name(hop + 1), name(hop)]))
}

describe.each(stacks)('$name', (stack) => {
  const rds = () => byName[stack.engine]()

  it.each(['127.0.0.1', 'localhost'])('reaches an RDS endpoint via %s', async (host) => {
    const via = `${host}:${rds().port}`
    expect(await reasons(stack, rds(), { ...targetOf(rds()), via })).toEqual(['admitted'])
  })

  it('reaches an RDS endpoint via IPv6', async () => {
    const local = byIpv6[stack.engine]()
    const target = { ...targetOf(local), via: `[::1]:${local.port}` }
    expect(await reasons(stack, local, target)).toEqual(['admitted'])
  })

  it('reaches an RDS endpoint via a Unix socket', async () => {
    const via = sockets[stack.engine] ?? ''
    expect(await reasons(stack, rds(), { ...targetOf(rds()), via })).toEqual(['admitted'])
  })

  it('reaches an endpoint that is an IP address in the certificate, more than once', async () => {
    const local = byAddress[stack.engine]()
    enter(local)
    const db = await stack.open(targetOf(local), 3)
    const ends = await atOnce(stack, db, 3, targetOf(local)).finally(() => db.close())
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  })

  describe('with an alias of an RDS endpoint as host', () => {
    let dns: Awaited<ReturnType<typeof startDns>>
    beforeEach(async () => {
      dns = await startDns({
        [ALIAS]: 'hop.corp.example',
        'hop.corp.example': WRITER,
        'loop.corp.example': 'back.corp.example',
        'back.corp.example': 'loop.corp.example',
        ...chain(9, WRITER),
      })
    })
    afterEach(() => dns.stop())

    const target = () => ({ ...targetOf(rds()), host: ALIAS, region: 'us-east-1' })

    it('reports it, and shows both ways to write the target', async () => {
      await expect(reasons(stack, rds(), target())).rejects.toThrow(
        `host: ${ALIAS} is an alias of ${WRITER}, and RDS accepts only tokens signed for that name; write host: '${WRITER}', and via: '${ALIAS}' if you must connect to that name; or write cname: true, if`,
      )
    })

    it('is not looked up for the name of an RDS endpoint, which is connected to directly', async () => {
      expect(await reasons(stack, rds(), { ...targetOf(rds()), port: rds().port, cname: true })).toEqual([
        'admitted',
      ])
      expect(dns.asked).toEqual([])
    })

    it('follows it with cname, and signs and verifies for the endpoint', async () => {
      enter(rds())
      const db = await stack.open({ ...target(), cname: true }, 3)
      const ends = await atOnce(stack, db, 3, { ...target(), cname: true }).finally(() => db.close())
      expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    })

    it('does not follow a name that ends nowhere or goes in a circle', async () => {
      const circle = { ...target(), host: 'loop.corp.example', cname: true }
      await expect(reasons(stack, rds(), circle)).rejects.toThrow(
        'loop.corp.example has no CNAME that leads to an RDS endpoint within 8 names',
      )
    })

    it('follows eight names, but not nine', async () => {
      const from = (name: string) => ({ ...target(), host: name, cname: true })
      expect(await reasons(stack, rds(), from('hop8.corp.example'))).toEqual(['admitted'])
      await expect(reasons(stack, rds(), from('hop9.corp.example'))).rejects.toThrow(
        'hop9.corp.example has no CNAME that leads to an RDS endpoint within 8 names',
      )
    })

    it('does not follow it into a region other than the given one', async () => {
      const elsewhere = { ...target(), region: 'eu-west-1', cname: true }
      await expect(reasons(stack, rds(), elsewhere)).rejects.toThrow("write region: 'us-east-1'")
    })
  })
})

describe('a token source for an alias of an RDS endpoint', () => {
  let dns: Awaited<ReturnType<typeof startDns>>
  beforeEach(async () => {
    dns = await startDns({ [ALIAS]: WRITER })
  })
  afterEach(() => dns.stop())

  const target: IamTarget = {
    engine: 'postgres',
    host: ALIAS,
    user: 'iam_user',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
  }

  it.each(['plain.corp.example', 'nowhere.corp.example'])(
    'signs for %s, which is not an alias',
    async (host) => {
      dns.stop()
      dns = await startDns({ 'plain.corp.example': undefined })
      const source = createTokenSource({ ...target, host })
      expect((await source.get()).startsWith(`${host}:5432/?`)).toBe(true)
      expect(dns.asked).toEqual([host])
    },
  )

  it('does not follow a name that is not a host name, because its owner could choose what is signed', async () => {
    dns.stop()
    dns = await startDns({ [ALIAS]: `a/?x=1&b.${WRITER.replace(/^[^.]+\./, '')}` })
    await expect(createTokenSource({ ...target, cname: true }).get()).rejects.toThrow(
      'has no CNAME that leads to',
    )
  })

  it('waits at most 3 s for a silent name server', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    promises.setServers([`127.0.0.1:${silent.address().port}`]) // until the name server is stopped
    try {
      await expect(createTokenSource({ ...target, cname: true }).get()).rejects.toThrow(
        '(no answer within 3 s)',
      )
      expect((await createTokenSource(target).get()).startsWith(`${ALIAS}:5432/?`)).toBe(true)
    } finally {
      silent.close()
    }
  })

  it('reports that DNS does not answer', async () => {
    promises.setServers(['127.0.0.1:1']) // until the name server is stopped
    await expect(createTokenSource({ ...target, cname: true }).get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_ALIAS',
      message: expect.stringMatching(
        /^host: db\.corp\.example could not be looked up; check DNS, which did not answer \(/,
      ),
      cause: expect.any(Error),
    })
  })

  it.each([false, true])('of Aurora DSQL is refused, even with cname: %s', async (cname) => {
    const cluster = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws'
    dns.stop()
    dns = await startDns({ [ALIAS]: cluster })
    await expect(createTokenSource({ ...target, cname }).get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_ALIAS',
      message: `host: ${ALIAS} is an alias of ${cluster}, and Aurora DSQL finds a cluster only by its own name; write host: '${cluster}', and via: '${ALIAS}' if you must connect to that name`,
    })
  })

  it('reports the alias, or signs for the endpoint with cname', async () => {
    await expect(createTokenSource(target).get()).rejects.toThrow(`${ALIAS} is an alias of ${WRITER}`)
    const source = createTokenSource({ ...target, cname: true })
    const token = await source.get()
    expect(token.startsWith(`${WRITER}:5432/?`)).toBe(true)
    expect(source.endpoint.host).toBe(WRITER)
    // A token signed again within the same second would be equal.
    const signed = vi.fn()
    subscribe(channels.tokenSigned, signed)
    expect(await source.get()).toBe(token)
    unsubscribe(channels.tokenSigned, signed)
    expect(signed).not.toHaveBeenCalled()
    source.invalidate()
    expect(await source.get()).not.toBe('')
  })
})
