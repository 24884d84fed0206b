// The doctor with servers that don't answer, or answer differently from a healthy RDS.
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTokenSource } from '@rds-iam/core'
import type { LocalRds } from '@rds-iam/local'
import { errorBody, packet } from '@rds-iam/wire/mysql-packets'
import { fatal } from '@rds-iam/wire/postgres-messages'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatesFor, type Issued } from '../support/certificates.ts'
import { inNetwork } from '../support/dns.ts'
import { useDoctor } from '../support/doctor.ts'
import { swallowingPort } from '../support/listen.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { type Played, play, type Script, saying } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'
import { useLocalRds, verdictsOf } from '../support/rds.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const PROXY = 'orders.proxy-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const PORTS = { postgres: 5432, mysql: 3306 } as const

const doctor = useDoctor()
const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
const credentials = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }

let folder: string
let identity: Issued
let caFile: string
const servers: Played[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rds-iam-test-'))
  const { ca, good } = await certificatesFor(HOST)
  identity = good
  caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, ca)
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  await rm(folder, { recursive: true })
})
afterAll(() => {
  for (const text of doctor().said)
    for (const secret of [key.secretAccessKey, 'X-Amz-']) expect(text).not.toContain(secret)
})

/** The environment to reach the endpoint through a tunnel to a server that plays the script. */
async function tunnelTo(engine: 'postgres' | 'mysql', script: Script): Promise<Record<string, string>> {
  const server = await play(script)
  servers.push(server)
  return tunnelAt(engine, server.port)
}

function tunnelAt(engine: 'postgres' | 'mysql', port: number): Record<string, string> {
  return {
    ...credentials,
    DATABASE_URL: `${engine}://jane_doe@${HOST}:${PORTS[engine]}/app`,
    RDS_IAM_VIA: `127.0.0.1:${port}`,
    NODE_EXTRA_CA_CERTS: caFile,
  }
}

describe.concurrent('a connection that gets no answer', () => {
  it('without a tunnel is reported as dropped packets', async () => {
    await using port = await swallowingPort()
    const env = { ...credentials, ...inNetwork({ local: [HOST] }) }
    const { code, report } = await doctor().packed.examine(
      [`postgres://jane_doe@${HOST}:${port.port}/app`],
      env,
    )
    expect(code).toBe(1)
    expect(report.causes).toMatchObject([
      { id: 'unreachable', title: `No connection to ${HOST}:${port.port} (timeout)` },
    ])
  })

  it('with a tunnel is reported as a missing tunnel', async () => {
    await using swallowing = await swallowingPort()
    expect(await doctor().packed.causes([], tunnelAt('mysql', swallowing.port))).toEqual(['tunnel'])
  })
})

describe.concurrent('a server that never answers the login', () => {
  it('over PostgreSQL', async () => {
    expect(await doctor().packed.causes([], await tunnelTo('postgres', postgres.silent(identity)))).toEqual([
      'silent',
    ])
  })

  it('over MySQL', async () => {
    expect(await doctor().packed.causes([], await tunnelTo('mysql', mysql.silent(identity)))).toEqual([
      'silent',
    ])
  })
})

describe('a server that reports what is wrong', () => {
  it.each([
    ['that it starts up', '57P03', 'the database system is starting up', 'starting'],
    ['that it shuts down', '57P03', 'the database system is shutting down', 'starting'],
    ['an unknown error', 'XX000', 'something new', 'unknown'],
  ])('%s', async (_, code, text, id) => {
    const env = await tunnelTo('postgres', postgres.saying(identity, fatal(code, text)))
    const { report } = await doctor().examine([], env)
    expect(report.causes).toMatchObject([{ id, cures: [{}] }])
    expect(JSON.stringify(report.causes)).toContain(text)
  })

  it.each([
    [
      '28000',
      'no pg_hba.conf entry for host "10.0.0.7", user "jane_doe", database "app", SSL encryption',
      'pg-hba',
    ],
    ['57014', 'canceling authentication due to timeout', 'authentication-timeout'],
  ])('before it has checked the token: %s %s', async (code, text, id) => {
    const { report } = await doctor().examine(
      [],
      await tunnelTo('postgres', postgres.saying(identity, fatal(code, text))),
    )
    expect(report.causes).toMatchObject([{ id, because: expect.stringContaining(text) }])
  })

  it('instead of its greeting: that it blocks this machine', async () => {
    const words =
      "Host '10.0.0.7' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"
    const greeting = packet(0, errorBody(1129, 'HY000', words))
    const env = await tunnelTo('mysql', saying(greeting))
    expect(await doctor().causes([], env)).toEqual(['blocked'])
  })

  it('like a proxy without a secret for the user', async () => {
    const words =
      'This RDS Proxy has no credentials for the role jane_doe. Check the credentials for this role.'
    const { ca, good } = await certificatesFor(PROXY)
    const file = join(folder, 'proxy.pem')
    writeFileSync(file, ca)
    const env = await tunnelTo('postgres', postgres.saying(good, fatal('28000', words)))
    const url = `postgres://jane_doe@${PROXY}/app`
    expect(await doctor().causes([url], { ...env, NODE_EXTRA_CA_CERTS: file })).toEqual(['proxy'])
  })
})

describe('a server that is not a database', () => {
  it('although its answer starts like an agreement to TLS: an SSH server', async () => {
    const { report } = await doctor().examine(
      [],
      await tunnelTo('postgres', saying('SSH-2.0-OpenSSH_9.6\r\n')),
    )
    expect(report.causes).toMatchObject([
      { id: 'no-database', title: expect.stringContaining('does not speak PostgreSQL') },
    ])
  })

  it.each([
    ['a greeting that breaks off', Buffer.from('\n8.0.40')],
    ['a greeting without capabilities', Buffer.from('\n8.0.40\x001234')],
    ['an error without a number', Buffer.from([0xff])],
  ])('although it starts like MySQL: %s', async (_, body) => {
    const { report } = await doctor().examine([], await tunnelTo('mysql', saying(packet(0, body))))
    expect(report.causes).toMatchObject([
      { id: 'no-database', title: expect.stringContaining('the server does not speak MySQL') },
    ])
  })
})

describe('a writer endpoint', () => {
  const host = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
  const rds = useLocalRds({ engine: 'mysql', endpoint: { host, port: 3306 }, keys: [key] })

  it('with a read-only server is a cause, although the login succeeds', async () => {
    const { DATABASE_URL: url = '', ...env } = rds().env
    expect(await doctor().examine([url], env)).toMatchObject({ code: 0, report: { ok: true, causes: [] } })
    const { host, port, ca } = rds()
    const writer = await createConnection({
      host,
      port,
      user: 'iam_user',
      ssl: { ca },
      authPlugins: {
        mysql_clear_password: () => async () =>
          Buffer.from(`${await createTokenSource({ url, credentials: key }).get()}\0`),
      },
    })
    await writer.query('SET GLOBAL read_only = 1')
    await writer.end()
    const { code, report } = await doctor().examine([url], env)
    expect([code, report.ok]).toEqual([0, true])
    expect(report.causes).toMatchObject([{ id: 'read-only', certainty: 'proven' }])
    expect(report.steps.session).toMatchObject({ status: 'failed', fault: { code: '25006' } })
  })
})

describe('behind a gate that acts as an endpoint', () => {
  const gate = (host: string, port: number) =>
    useLocalRds({ engine: 'postgres', endpoint: { host, port }, users: ['jane_doe'], keys: [key] })
  const proxy = gate(PROXY, 5432)
  const elsewhere = gate(HOST, 5433)

  function through(rds: LocalRds): Record<string, string> {
    return { ...credentials, RDS_IAM_VIA: `127.0.0.1:${rds.port}`, NODE_EXTRA_CA_CERTS: rds.caFile }
  }

  it('a proxy that refuses a token may not accept IAM logins of the user', async () => {
    const url = `postgres://somebody@${PROXY}/app`
    expect(await doctor().causes([url], through(proxy()))).toEqual(['policy', 'proxy'])
  })

  it('an endpoint on another port than the default, if no port is given', async () => {
    const url = `postgres://jane_doe@${HOST}/app`
    const verdicts = await verdictsOf(elsewhere(), async () => {
      expect(await doctor().causes([url], through(elsewhere()))).toEqual(['policy', 'port', 'iam-disabled'])
    })
    expect(verdicts.map(({ reason }) => reason)).toContain('wrong-port')
    const { code } = await doctor().examine([url, '--port', '5433'], through(elsewhere()))
    expect(code).toBe(0)
  })
})
