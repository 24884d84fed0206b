// The doctor before servers that don't answer, or answer otherwise than RDS does when all is well.
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalRds } from '@rds-iam/local'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { errorBody, packet } from '../packages/local/src/wire/mysql/packets.ts'
import { fatal } from '../packages/local/src/wire/postgres/messages.ts'
import { useDoctor } from './doctor.ts'
import { usePorts } from './doctor-ports.ts'
import { certificatesFor, type Hostile, mysql, postgres, startHostile, type Talk } from './hostile.ts'
import { useLocalRds, verdictsOf } from './rds.ts'

vi.setConfig({ testTimeout: 30_000 })

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const PROXY = 'orders.proxy-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const PORTS = { postgres: 5432, mysql: 3306 } as const

const doctor = useDoctor()
const ports = usePorts()
const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
const credentials = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }

type Identity = Parameters<typeof postgres.overTls>[0]
let folder: string
let identity: Identity
let caFile: string
const hostiles: Hostile[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-iam-test-'))
  const { ca, good } = await certificatesFor(HOST)
  identity = good
  caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, ca)
})
afterAll(async () => {
  for (const hostile of hostiles) hostile.stop()
  await rm(folder, { recursive: true })
})
afterAll(() => {
  for (const text of doctor().said)
    for (const secret of [key.secretAccessKey, 'X-Amz-']) expect(text).not.toContain(secret)
})

/** The endpoint, by a tunnel to what plays the script. */
async function tunnelTo(
  engine: 'postgres' | 'mysql',
  script: (talk: Talk) => Promise<unknown>,
): Promise<Record<string, string>> {
  const hostile = await startHostile(script)
  hostiles.push(hostile)
  return tunnelAt(engine, hostile.port)
}

function tunnelAt(engine: 'postgres' | 'mysql', port: number): Record<string, string> {
  return {
    ...credentials,
    DATABASE_URL: `${engine}://jane_doe@${HOST}:${PORTS[engine]}/app`,
    RDS_IAM_VIA: `127.0.0.1:${port}`,
    NODE_EXTRA_CA_CERTS: caFile,
  }
}

/** Goes over to TLS, hears who it is, and says this. */
const saying = (words: Buffer) => async (talk: Talk) => {
  await talk.take()
  talk.send(Buffer.from('S'))
  await talk.secure(identity)
  await talk.take()
  talk.send(words)
  talk.hangUp()
}

describe.concurrent('a way that leads nowhere', () => {
  it('without a tunnel is a connection that something drops', async () => {
    const port = await ports.swallowing()
    const env = { ...credentials, TEST_LOCAL_NAMES: HOST }
    const { code, report } = await doctor().examine([`postgres://jane_doe@${HOST}:${port}/app`], env)
    expect(code).toBe(1)
    expect(report.causes).toMatchObject([
      { id: 'unreachable', title: `No connection to ${HOST}:${port} (timeout)` },
    ])
  })

  it('with a tunnel is a tunnel that is not there', async () => {
    expect(await doctor().causes([], tunnelAt('mysql', await ports.swallowing()))).toEqual(['tunnel'])
  })
})

describe.concurrent('a server that takes the login and never answers', () => {
  it('over PostgreSQL', async () => {
    expect(await doctor().causes([], await tunnelTo('postgres', postgres.silent(identity)))).toEqual([
      'silent',
    ])
  })

  it('over MySQL', async () => {
    expect(await doctor().causes([], await tunnelTo('mysql', mysql.silent(identity)))).toEqual(['silent'])
  })
})

describe('a server that says what is wrong', () => {
  it.each([
    ['that it starts up', '57P03', 'the database system is starting up', 'starting'],
    ['that it shuts down', '57P03', 'the database system is shutting down', 'starting'],
    ['what nobody has heard of', 'XX000', 'something new', 'unknown'],
  ])('%s', async (_, code, text, id) => {
    const env = await tunnelTo('postgres', saying(fatal(code, text)))
    const { report } = await doctor().examine([], env)
    expect(report.causes).toMatchObject([{ id, cures: [{}] }])
    expect(JSON.stringify(report.causes)).toContain(text)
  })

  it('in place of its greeting: that it blocks this machine', async () => {
    const words =
      "Host '10.0.0.7' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"
    const greeting = packet(0, errorBody(1129, 'HY000', words))
    const env = await tunnelTo('mysql', async (talk) => {
      talk.send(greeting)
      talk.hangUp()
    })
    expect(await doctor().causes([], env)).toEqual(['blocked'])
  })

  it('as a proxy does that knows no secret of the user', async () => {
    const words =
      'This RDS Proxy has no credentials for the role jane_doe. Check the credentials for this role.'
    const { ca, good } = await certificatesFor(PROXY)
    const file = join(folder, 'proxy.pem')
    writeFileSync(file, ca)
    const env = await tunnelTo('postgres', async (talk) => {
      await talk.take()
      talk.send(Buffer.from('S'))
      await talk.secure(good)
      await talk.take()
      talk.send(fatal('28000', words))
      talk.hangUp()
    })
    const url = `postgres://jane_doe@${PROXY}/app`
    expect(await doctor().causes([url], { ...env, NODE_EXTRA_CA_CERTS: file })).toEqual(['proxy'])
  })
})

describe('what is no database', () => {
  it('though its words begin like a consent to TLS: an SSH server', async () => {
    const port = await ports.listening(createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
    const { report } = await doctor().examine([], tunnelAt('postgres', port))
    expect(report.causes).toMatchObject([
      { id: 'no-database', title: expect.stringContaining('does not speak PostgreSQL') },
    ])
  })

  it.each([
    ['a greeting that breaks off', Buffer.from('\n8.0.40')],
    ['a greeting without capabilities', Buffer.from('\n8.0.40\x001234')],
    ['an error without a number', Buffer.from([0xff])],
  ])('though it begins like MySQL: %s', async (_, body) => {
    const port = await ports.listening(createServer((socket) => socket.end(packet(0, body))))
    const { report } = await doctor().examine([], tunnelAt('mysql', port))
    expect(report.causes).toMatchObject([
      { id: 'no-database', title: expect.stringContaining('what answers does not speak MySQL') },
    ])
  })
})

describe('behind a gate that tells what it is', () => {
  const gate = (host: string, port: number) =>
    useLocalRds({ engine: 'postgres', endpoint: { host, port }, users: ['jane_doe'], keys: [key] })
  const proxy = gate(PROXY, 5432)
  const elsewhere = gate(HOST, 5433)

  function through(rds: LocalRds): Record<string, string> {
    return { ...credentials, RDS_IAM_VIA: `127.0.0.1:${rds.port}`, NODE_EXTRA_CA_CERTS: rds.caFile }
  }

  it('a proxy that refuses a token may not take the user by IAM', async () => {
    const url = `postgres://somebody@${PROXY}/app`
    expect(await doctor().causes([url], through(proxy()))).toEqual(['policy', 'proxy'])
  })

  it('an endpoint at another port than the usual one, which nobody has said', async () => {
    const url = `postgres://jane_doe@${HOST}/app`
    const verdicts = await verdictsOf(elsewhere(), async () => {
      expect(await doctor().causes([url], through(elsewhere()))).toEqual(['policy', 'port', 'iam-disabled'])
    })
    expect(verdicts.map(({ reason }) => reason)).toContain('wrong-port')
    const { code } = await doctor().examine([url, '--port', '5433'], through(elsewhere()))
    expect(code).toBe(0)
  })
})
