// The doctor with servers that don't answer, or answer differently from a healthy RDS.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTokenSource } from '@rds-iam/core'
import { errorBody, packet } from '@rds-iam/wire/mysql-packets'
import { fatal } from '@rds-iam/wire/postgres-messages'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatesFor, type Issued } from '../support/certificates.ts'
import { inNetwork } from '../support/dns.ts'
import { useDoctor } from '../support/doctor.ts'
import { useFolder } from '../support/folder.ts'
import { swallowingPort } from '../support/listen.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { type Played, play, type Script, saying } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'
import { useLocalRds, verdictsOf } from '../support/rds.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const PORTS = { postgres: 5432, mysql: 3306 } as const

const doctor = useDoctor()
const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
const credentials = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }

const folder = useFolder()
const caFile = join(folder, 'ca.pem')
let identity: Issued
const servers: Played[] = []
beforeAll(async () => {
  const { ca, good } = await certificatesFor(HOST)
  identity = good
  writeFileSync(caFile, ca)
})
afterAll(async () => {
  for (const server of servers) await server.stop()
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
  it('that it starts up', async () => {
    const text = 'the database system is starting up'
    const env = await tunnelTo('postgres', postgres.saying(identity, fatal('57P03', text)))
    const { report } = await doctor().examine([], env)
    expect(report.causes).toMatchObject([{ id: 'starting', because: text }])
  })

  it('instead of its greeting: that it blocks this machine', async () => {
    const words =
      "Host '10.0.0.7' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"
    const greeting = packet(0, errorBody(1129, 'HY000', words))
    const env = await tunnelTo('mysql', saying(greeting))
    expect(await doctor().causes([], env)).toEqual(['blocked'])
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
    const title = `${rds().endpoint.host} is a writer endpoint, but leads to a read-only server`
    expect(report.causes).toMatchObject([{ id: 'read-only', certainty: 'proven', title }])
    expect(report.steps.session).toMatchObject({ status: 'failed', fault: { code: '25006' } })
  })
})

describe('behind a gate that acts as an endpoint', () => {
  const rds = useLocalRds({
    engine: 'postgres',
    endpoint: { host: HOST, port: 5433 },
    users: ['jane_doe'],
    keys: [key],
  })

  it('an endpoint on another port than the default, if no port is given', async () => {
    const url = `postgres://jane_doe@${HOST}/app`
    const env = {
      ...credentials,
      RDS_IAM_VIA: `127.0.0.1:${rds().port}`,
      NODE_EXTRA_CA_CERTS: rds().caFile,
    }
    const verdicts = await verdictsOf(rds(), async () => {
      expect(await doctor().causes([url], env)).toEqual(['policy', 'port', 'iam-disabled'])
    })
    expect(verdicts.map(({ reason }) => reason)).toContain('wrong-port')
    expect((await doctor().examine([url, '--port', '5433'], env)).code).toBe(0)
  })
})
