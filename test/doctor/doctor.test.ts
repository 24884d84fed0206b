// The doctor with a working login, and with a failing one for each cause. It sees what a client of RDS sees. The gate's
// verdict only confirms that the set-up is broken in the intended way.
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LocalRds, startLocalRds } from '@rds-iam/local'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAuthority } from '../../packages/local/src/certificates.ts'
import type { SharedServer } from '../setup/servers.ts'
import { type Dns, inNetwork, startDns } from '../support/dns.ts'
import { tunnelTo, useDoctor } from '../support/doctor.ts'
import { newFolder, useFolder } from '../support/folder.ts'
import { closedPort, listen } from '../support/listen.ts'
import { play, silent } from '../support/play.ts'
import { sharedServer } from '../support/shared.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const GLOBAL = 'orders.global-0a1b2c3d4e5f.global.rds.amazonaws.com'
const ALIAS = 'db.corp.example'
const PORTS = { postgres: 5432, mysql: 3306 } as const
const ENGINES = ['postgres', 'mysql'] as const
type Engine = (typeof ENGINES)[number]

const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
const ended = {
  accessKeyId: 'ASIASESSIONWHICHENDS',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
  sessionToken: 'IQoJb3JpZ2luX2VjEndedSessionToken',
  expiration: new Date('2026-01-01T00:00:00Z'),
}
const live = {
  accessKeyId: 'ASIASESSIONWHICHGOES',
  secretAccessKey: 'bPxRfiK7MDENG/wJalrXUtnFEMI/K7MD',
  sessionToken: 'IQoJb3JpZ2luX2VjEliveSessionToken',
}
/** The variables of an ended session that a shell exports, without its expiry. */
const ENDED = {
  AWS_ACCESS_KEY_ID: ended.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ended.secretAccessKey,
  AWS_SESSION_TOKEN: ended.sessionToken,
}

/** How far the gates' clock is ahead of the doctor's, in milliseconds. */
let gateAhead = 0
afterEach(() => {
  gateAhead = 0
})

const doctor = useDoctor()
let servers: Record<Engine, SharedServer>
let gates: Record<Engine, LocalRds>
let global: LocalRds
const folder = useFolder()

beforeAll(async () => {
  servers = { postgres: await sharedServer('postgres'), mysql: await sharedServer('mysql') }
  const gate = (engine: Engine, host: string, more = {}): Promise<LocalRds> =>
    startLocalRds({
      engine,
      endpoint: { host, port: PORTS[engine] },
      upstream: servers[engine].upstream,
      users: ['jane_doe'],
      keys: [key, ended, live],
      now: () => Date.now() + gateAhead,
      ...more,
    })
  gates = { postgres: await gate('postgres', HOST), mysql: await gate('mysql', HOST) }
  global = await gate('postgres', GLOBAL)
})
afterAll(async () => {
  for (const rds of [gates.postgres, gates.mysql, global]) await rds.stop()
})
afterAll(() => {
  for (const text of doctor().said) {
    for (const secret of [
      key.secretAccessKey,
      ended.secretAccessKey,
      ended.sessionToken,
      live.secretAccessKey,
      live.sessionToken,
      'X-Amz-',
    ])
      expect(text).not.toContain(secret)
  }
})

async function first(args: readonly string[], env: Record<string, string>): Promise<string | undefined> {
  return (await doctor().causes(args, env))[0]
}

/** The same with a gate. Its verdict shows that the set-up is broken in the intended way. */
async function firstAt(
  rds: LocalRds,
  reason: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string | undefined> {
  const before = rds.verdicts.length
  const id = await first(args, { ...tunnelTo(rds), ...env })
  await vi.waitFor(() =>
    expect(rds.verdicts.slice(before).map((verdict) => verdict.reason)).toContain(reason),
  )
  return id
}

/** Creates the user, runs the statement as an administrator, and returns the names it finds. */
async function foundBy(engine: Engine, user: string, statement: string): Promise<unknown[]> {
  const { host, port, password } = servers[engine]
  if (engine === 'postgres') {
    const admin = new pg.Client({ host, port, user: 'postgres', password, database: 'postgres' })
    await admin.connect()
    await admin.query(`CREATE ROLE ${pg.escapeIdentifier(user)}`)
    const { rows } = await admin.query(statement)
    await admin.end()
    return rows.map(({ rolname }) => rolname)
  }
  const admin = await mysql2.createConnection({ host, port, user: 'jane_doe', password })
  await admin.query("CREATE USER ?@'%'", [user])
  const [rows] = await admin.query<mysql2.RowDataPacket[]>(statement)
  await admin.end()
  return rows.map((row) => row.User ?? row.user) // in MariaDB, and in MySQL
}

describe.each(ENGINES)('%s', (engine) => {
  const rds = () => gates[engine]

  it('a working login: all steps and the exit status are good', async () => {
    const before = rds().verdicts.length
    const { code, errors, report } = await doctor().examine([], tunnelTo(rds()))
    // The doctor checks TLS before it logs in. The gate doesn't take this for a client that distrusts the certificate.
    const reasons = () =>
      rds()
        .verdicts.slice(before)
        .map(({ reason }) => reason)
    await vi.waitFor(() => expect(reasons().sort()).toEqual(['admitted', 'incomplete']))
    expect(errors).toBe('')
    expect(Object.entries(report.steps).map(([name, { status }]) => `${name} ${status}`)).toEqual(
      ['options', 'region', 'dns', 'tcp', 'tls', 'clock', 'credentials', 'token', 'login', 'session'].map(
        (name) => `${name} ok`,
      ),
    )
    expect(report).toMatchObject({
      ok: true,
      causes: [],
      steps: {
        tls: { found: { protocol: 'TLSv1.3', expected: HOST, root: { from: 'NODE_EXTRA_CA_CERTS' } } },
        credentials: { found: { source: 'environment', keyId: 'AKIA…TE01' } },
        token: { found: { host: HOST, port: PORTS[engine], user: 'jane_doe', region: 'us-east-1' } },
        session: { found: { database: 'app' } },
      },
    })
    expect(code).toBe(0)
  })

  it('policy missing', async () => {
    expect(await firstAt(rds(), 'user-not-allowed', ['--user', 'somebody'])).toBe('policy')
  })

  it("a port that is the tunnel's", async () => {
    expect(await firstAt(rds(), 'wrong-port', ['--port', `${rds().port}`])).toBe('port')
  })

  it('a clock that is an hour off', async () => {
    const slow = engine === 'postgres'
    gateAhead = (slow ? 61 : -61) * 60_000
    doctor().aws.aheadMs = gateAhead
    expect(await firstAt(rds(), slow ? 'expired' : 'not-yet-valid')).toBe('clock')
  })

  it('a session that has ended', async () => {
    const message = 'The security token included in the request is expired'
    const unreachable = { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${await closedPort()}` }
    doctor().aws.caller = { code: 'ExpiredToken', message }
    // With the answer of STS, and without it.
    const env = { ...ENDED, ...(engine === 'postgres' ? {} : unreachable) }
    expect(await firstAt(rds(), 'session-ended', [], env)).toBe('session')
  })

  it('a user with an ordinary password, and an unknown user', async () => {
    const { port, caFile } = servers[engine]
    const env = { ...tunnelTo(rds()), NODE_EXTRA_CA_CERTS: caFile, RDS_IAM_VIA: `127.0.0.1:${port}` }
    expect(await doctor().causes(['--user', 'password_user'], env)).toEqual(['user', 'iam-disabled'])
    expect(await doctor().causes(['--user', 'nobody_here'], env)).toEqual(['user', 'iam-disabled'])
    expect(await doctor().causes(['--user', 'Password_User'], env)).toEqual(['case', 'user', 'iam-disabled'])
  })

  it('a user with an unusual name, which the advised SQL finds', async () => {
    const user = "o'b\\r_en"
    const { port, caFile } = servers[engine]
    const env = { ...tunnelTo(rds()), NODE_EXTRA_CA_CERTS: caFile, RDS_IAM_VIA: `127.0.0.1:${port}` }
    const { report } = await doctor().examine(['--user', user], env)
    const [lookUp] = report.causes[0]?.cures ?? []
    expect(lookUp?.kind).toBe('sql')
    expect(await foundBy(engine, user, lookUp?.text ?? '')).toEqual([user])
  })

  it('a database that does not exist', async () => {
    expect(await firstAt(rds(), 'server-refused', ['--database', 'nowhere'])).toBe('database')
  })

  it('the other engine', async () => {
    const other = engine === 'postgres' ? 'mysql' : 'postgres'
    const env = { ...tunnelTo(rds()), RDS_IAM_VIA: `127.0.0.1:${gates[other].port}` }
    expect(await first([], env)).toBe('engine')
  })

  it('a server that is not a database', async () => {
    // It answers 400 Bad Request to PostgreSQL, and nothing to MySQL, which waits for a greeting.
    await using web = await listen(createServer())
    const RDS_IAM_VIA = `127.0.0.1:${web.port}`
    expect(await first([], { ...tunnelTo(rds()), RDS_IAM_VIA })).toBe('no-database')
  })
})

it("logs in with the project's own driver if there is one", async () => {
  const here = fileURLToPath(new URL('..', import.meta.url))
  const { output, code } = await doctor().run(['--json'], tunnelTo(gates.postgres), here)
  const version = JSON.parse(readFileSync(join(here, 'node_modules/pg/package.json'), 'utf8')).version
  expect(JSON.parse(output).steps.login.found).toEqual({
    driver: `pg ${version}`,
    ofProject: true,
    tokenSent: true,
  })
  expect(code).toBe(0)
})

it.each([
  ['postgres', 'pg', 'pg/index.js'],
  ['mysql', 'mysql2', 'mysql2/promise.js'],
] as const)(
  "tells of %s that the project's own %s can't be loaded, and where it is",
  async (engine, driver, file) => {
    const project = realpathSync(newFolder())
    const path = join(project, 'node_modules', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, "require('nope')")
    const { output, code } = await doctor().run(['--json'], tunnelTo(gates[engine]), project)
    expect(JSON.parse(output).causes).toMatchObject([
      {
        id: 'driver',
        certainty: 'proven',
        title: `This project's ${driver} can't be loaded`,
        because: `${path}: Cannot find module 'nope'`,
      },
    ])
    expect(output).not.toContain('describe-events')
    expect(code).toBe(1)
  },
)

it('does not wait: an STS that never answers fails only its own steps', async () => {
  await using sts = await play(silent)
  const env = { ...tunnelTo(gates.postgres), AWS_ENDPOINT_URL_STS: sts.url }
  const { code, report } = await doctor().packed.examine([], env)
  expect(report.steps.clock).toMatchObject({ status: 'ok', found: { source: 'the server' } })
  expect(report.steps.credentials?.found?.caller).toMatchObject({ status: 'unknown' })
  expect(code).toBe(0)
})

describe('names and regions', () => {
  let dns: Dns
  let names: Record<string, string>
  beforeAll(async () => {
    dns = await startDns({ [ALIAS]: WRITER, [GLOBAL]: WRITER })
    names = inNetwork({ nameServer: dns.nameServer, local: [ALIAS] })
  })
  afterAll(() => dns.stop())

  it('a global database with a writer in another region than in the environment', async () => {
    const [id, ...others] = await doctor().causes([], {
      ...tunnelTo(global),
      ...names,
      AWS_REGION: 'eu-west-1',
    })
    expect([id, ...others]).toEqual(['region'])
    expect(global.verdicts.at(-1)?.reason).toBe('wrong-region')
  })

  it('an alias, connected to directly or through a tunnel', async () => {
    const { RDS_IAM_VIA: via = '', ...direct } = tunnelTo(gates.postgres)
    const port = via.replace(/.*:/, '')
    const alias = ['--host', ALIAS, '--engine', 'postgres', '--user', 'jane_doe']
    expect(await first([...alias, '--port', port], { ...direct, ...names })).toBe('alias')
    expect(await first(alias, { ...direct, ...names, RDS_IAM_VIA: via })).toBe('alias')
  })

  it('a name that does not exist', async () => {
    const args = ['--host', 'orders.invalid', '--region', 'us-east-1']
    expect(await first([...args, '--engine', 'postgres', '--user', 'jane_doe'], {})).toBe('dns')
  })
})

describe('the connection', () => {
  const rds = () => gates.mysql

  it('a root that is not trusted', async () => {
    const file = join(folder, 'another.pem')
    writeFileSync(file, (await createAuthority()).pem)
    expect(await firstAt(rds(), 'tls-failed', [], { NODE_EXTRA_CA_CERTS: file })).toBe('untrusted')
  })

  it('a tunnel that is not open, and a port where nothing listens', async () => {
    const port = await closedPort()
    const { RDS_IAM_VIA: _, ...direct } = tunnelTo(rds())
    expect(await first([], { ...direct, RDS_IAM_VIA: `127.0.0.1:${port}` })).toBe('tunnel')
    expect(await first(['--port', `${port}`], { ...direct, ...inNetwork({ local: [HOST] }) })).toBe(
      'port-closed',
    )
  })
})

describe('options and credentials', () => {
  it('reports everything missing or contradictory, and runs the steps that are still possible', async () => {
    const env = { ...tunnelTo(gates.postgres), AWS_REGION: '' }
    const { code, report } = await doctor().examine(['--region', 'eu-west-1', '--user', ''], env)
    expect(code).toBe(2)
    expect(report.causes.map(({ title }) => title)).toEqual([
      '--user is missing',
      expect.stringContaining('"eu-west-1" is not the region'),
    ])
    expect(report.steps.tcp?.status).toBe('ok')
  })

  it('no target at all', async () => {
    const { code, report } = await doctor().examine([], {})
    expect(code).toBe(2)
    expect(report.causes.map(({ title }) => title.split(' ')[0]).slice(0, 3)).toEqual([
      '--engine',
      '--host',
      '--user',
    ])
  })

  it('no credentials', async () => {
    const env = { ...tunnelTo(gates.postgres), AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    const { report } = await doctor().examine([], env)
    expect(report.causes[0]?.id).toBe('credentials')
    expect(report.steps.tls?.status).toBe('ok')
    expect(report.steps.login?.why).toBe('no token')
  })

  it('credentials with a known expiry in the past', async () => {
    doctor().aws.issue = () => ended
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...env } = tunnelTo(gates.postgres)
    expect(
      await first([], { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${doctor().aws.url}/container` }),
    ).toBe('session')
  })

  it('a secret of another key', async () => {
    const message = `The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been 'POST x-amz-security-token:${ended.sessionToken}'`
    doctor().aws.caller = { code: 'SignatureDoesNotMatch', message }
    const env = { AWS_SECRET_ACCESS_KEY: 'another' }
    expect(await firstAt(gates.mysql, 'wrong-signature', [], env)).toBe('secret')
  })

  it('an account in another partition', async () => {
    doctor().aws.caller = { arn: 'arn:aws-cn:iam::123456789012:user/jane' }
    const env = { AWS_ACCESS_KEY_ID: 'AKIANEVERHEARDOF0001' }
    expect(await firstAt(gates.postgres, 'unknown-key', [], env)).toBe('partition')
  })
})

describe('servers that differ from RDS', () => {
  it('a PostgreSQL without access to the database, or without free connections', async () => {
    const { host, port, password } = servers.postgres
    const admin = new pg.Client({ host, port, user: 'postgres', password, database: 'postgres' })
    await admin.connect()
    try {
      await admin.query('CREATE DATABASE locked')
      await admin.query('REVOKE CONNECT ON DATABASE locked FROM PUBLIC')
      expect(await firstAt(gates.postgres, 'server-refused', ['--database', 'locked'])).toBe('privilege')
      await admin.query('ALTER ROLE jane_doe CONNECTION LIMIT 0')
      expect(await firstAt(gates.postgres, 'server-refused')).toBe('connections')
      await admin.query('ALTER ROLE jane_doe CONNECTION LIMIT -1 NOLOGIN')
      expect(await firstAt(gates.postgres, 'server-refused')).toBe('nologin')
    } finally {
      await admin.query('ALTER ROLE jane_doe CONNECTION LIMIT -1 LOGIN')
      await admin.end()
    }
  })

  it('a MySQL without free connections, which says so instead of its greeting', async () => {
    const { host, port, password, caFile } = servers.mysql
    const account = { host, port, user: 'jane_doe', password }
    const admin = await mysql2.createConnection(account)
    const others: mysql2.Connection[] = []
    try {
      const [[before]] = await admin.query<mysql2.RowDataPacket[]>('SELECT @@max_connections AS most')
      await admin.query('SET GLOBAL max_connections = 10')
      // MySQL allows one more than this, for an administrator.
      for (let count = 1; count < 11; count++) others.push(await mysql2.createConnection(account))
      const env = { ...tunnelTo(gates.mysql), NODE_EXTRA_CA_CERTS: caFile, RDS_IAM_VIA: `127.0.0.1:${port}` }
      expect(await first([], env)).toBe('connections')
      await admin.query('SET GLOBAL max_connections = ?', [before?.most])
    } finally {
      for (const connection of [...others, admin]) await connection.end()
    }
  })

  it('a MySQL without the plugin, because IAM authentication is not enabled', async () => {
    const { host, port, password, caFile, version } = servers.mysql
    const admin = await mysql2.createConnection({ host, port, user: 'jane_doe', password, database: 'mysql' })
    const name = "'without_plugin'@'%'"
    if (version.includes('MariaDB')) {
      const account = { access: 0, plugin: 'AWSAuthenticationPlugin', authentication_string: 'RDS' }
      await admin.query('INSERT INTO global_priv (host, user, priv) VALUES (?, ?, ?)', [
        '%',
        'without_plugin',
        JSON.stringify(account),
      ])
    } else {
      await admin.query(`CREATE USER ${name}`)
      await admin.query("UPDATE user SET plugin = 'AWSAuthenticationPlugin' WHERE user = 'without_plugin'")
    }
    await admin.query('FLUSH PRIVILEGES')
    await admin.end()
    const env = { ...tunnelTo(gates.mysql), NODE_EXTRA_CA_CERTS: caFile, RDS_IAM_VIA: `127.0.0.1:${port}` }
    expect(await first(['--user', 'without_plugin'], env)).toBe('iam-disabled')
  })
})

describe('docs/doctor.md', () => {
  const text = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8')
  const sessions = [...text.matchAll(/^```console\n\$ rds-iam doctor(.*)\n([\s\S]+?)^```$/gm)]

  /** The output without the parts that differ in each run. */
  const shape = (output: string): string =>
    output
      .replace(/ +\d+ ms /g, ' N ms ')
      .replace(/\d\d:\d\d:\d\dZ/g, 'TIME')
      .replace(/(127\.0\.0\.1|sts\.us-east-1\.amazonaws\.com)(:\d+)?/g, '$1')
      .replace(/local root \w+/g, 'local root')
      .replace(/(pg|mysql2|PostgreSQL) [\d.]+/g, '$1 N')
      .replace(/(MariaDB|MySQL) [\d.]+/g, 'MySQL N')

  it('shows real sessions: a good one, one that RDS rejects without a reason, and one with a proven cause', async () => {
    const { aws, packed } = doctor()
    const name = 'sts.us-east-1.amazonaws.com'
    const env = {
      AWS_ACCESS_KEY_ID: live.accessKeyId,
      AWS_SECRET_ACCESS_KEY: live.secretAccessKey,
      AWS_SESSION_TOKEN: live.sessionToken,
      AWS_ENDPOINT_URL_STS: `http://${name}:${aws.port}`,
      ...inNetwork({ local: [name] }),
    }
    const outputs = [await packed.run([], { ...tunnelTo(gates.postgres), ...env })]
    outputs.push(await packed.run(['--user', 'john_doe'], { ...tunnelTo(gates.mysql), ...env }))
    aws.caller = { code: 'ExpiredToken', message: 'The security token included in the request is expired' }
    outputs.push(await packed.run([], { ...tunnelTo(gates.postgres), ...env, ...ENDED }))
    expect(outputs.map(({ code }) => code)).toEqual([0, 1, 1])
    expect(sessions.map(([, args]) => args?.trim())).toEqual(['', '--user john_doe', ''])
    expect(sessions.map(([, , output = '']) => shape(output))).toEqual(
      outputs.map(({ output }) => shape(output)),
    )
  })
})
