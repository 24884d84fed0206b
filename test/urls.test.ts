import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createTokenSource, type IamTarget, iamDatabaseUrl, RdsIamError } from '@rds-iam/core'
import { iamDatasourceUrl } from '@rds-iam/prisma'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { rootOfServer } from '../packages/core/src/server-root.ts'
import { readSettings } from '../packages/core/src/settings.ts'
import { startDns } from './dns.ts'
import { runCommand } from './program.ts'
import { enter, useLocalRds, verdictsOf } from './rds.ts'

const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const OTHER = 'theirs.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'

const postgres = useLocalRds({ engine: 'postgres', endpoint: { host: WRITER } })
const plain = { postgres: useLocalRds({ engine: 'postgres' }), mysql: useLocalRds({ engine: 'mysql' }) }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('psql, with the URL alone', () => {
  let target: IamTarget
  beforeEach(() => {
    enter(postgres())
    target = {
      engine: 'postgres',
      host: WRITER,
      port: postgres().endpoint.port,
      user: 'iam_user',
      database: 'app',
    }
  })

  function psql(url: string, sql = 'SELECT current_user'): ReturnType<typeof runCommand> {
    return runCommand('psql', ['--no-psqlrc', '-At', '-c', sql, url], { LC_ALL: 'C' })
  }

  it('logs in by the name that is signed, at the address of the tunnel', async () => {
    const via = `localhost:${postgres().port}`
    const url = await iamDatabaseUrl({ ...target, via }, { for: 'libpq' })
    const [verdict] = await verdictsOf(postgres(), async () => {
      expect(await psql(url)).toEqual({ code: 0, output: 'iam_user', errors: '' })
    })
    expect(verdict).toMatchObject({ reason: 'admitted' })
  })

  it('gets the parameters that the URL came with', async () => {
    const { host, port } = target
    const url = `postgres://iam_user@${host}:${port}/app?application_name=nightly%20a%2Bb%26c&connect_timeout=7&schema=public`
    const printed = await iamDatabaseUrl({ url, via: `127.0.0.1:${postgres().port}` }, { for: 'libpq' })
    expect(await psql(printed, 'SHOW application_name')).toMatchObject({ code: 0, output: 'nightly a+b&c' })
    expect(Object.fromEntries(new URL(printed).searchParams)).toEqual({
      application_name: 'nightly a+b&c',
      connect_timeout: '7',
      hostaddr: '127.0.0.1',
      sslmode: 'verify-full',
      sslrootcert: expect.any(String),
    })
  })

  it('refuses a server of another name, and one of another CA', async () => {
    const via = `127.0.0.1:${postgres().port}`
    const byOtherName = await iamDatabaseUrl({ ...target, host: OTHER, via }, { for: 'libpq' })
    expect((await psql(byOtherName)).errors).toMatch(/does not match host name/)
    const byOtherCa = await iamDatabaseUrl(
      { ...target, via: `127.0.0.1:${plain.postgres().port}` },
      { for: 'libpq' },
    )
    expect((await psql(byOtherCa)).errors).toMatch(/certificate verify failed/)
  })
})

it("names the certificates in a file that is the user's alone", async () => {
  enter(plain.postgres())
  const file = new URL(await iamDatabaseUrl({}, { for: 'libpq' })).searchParams.get('sslrootcert') ?? ''
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
})

it("names them in another folder of the user's, where something has the usual one's name", async () => {
  enter(plain.postgres())
  const taken = mkdtempSync(join(folder, 'taken-'))
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, taken)
  writeFileSync(join(taken, `rds-iam-${process.getuid?.()}`), '')
  const file = new URL(await iamDatabaseUrl({}, { for: 'libpq' })).searchParams.get('sslrootcert') ?? ''
  expect(dirname(dirname(file))).toBe(taken)
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
})

describe("MySQL's own client, with what the URL says", () => {
  async function run(url: URL): ReturnType<typeof runCommand> {
    const { hostname, port, username, pathname, searchParams, password } = url
    expect(searchParams.get('ssl-mode')).toBe('VERIFY_IDENTITY')
    return runCommand(
      'mariadb',
      [
        '--no-defaults',
        '--batch',
        '--skip-column-names',
        `--host=${hostname}`,
        `--port=${port}`,
        '--protocol=tcp',
        `--user=${decodeURIComponent(username)}`,
        '--ssl-verify-server-cert',
        `--ssl-ca=${searchParams.get('ssl-ca')}`,
        '--execute=SELECT current_user()',
        decodeURIComponent(pathname.slice(1)),
      ],
      { MYSQL_PWD: decodeURIComponent(password), LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN: '1' },
    )
  }

  it('logs in', async () => {
    enter(plain.mysql())
    const url = new URL(await iamDatabaseUrl({}, { for: 'mysql' }))
    const [verdict] = await verdictsOf(plain.mysql(), async () => {
      expect(await run(url)).toEqual({ code: 0, output: 'iam_user@%', errors: '' })
    })
    expect(verdict).toMatchObject({ reason: 'admitted' })
  })

  it('refuses a server of another CA', async () => {
    enter(plain.mysql())
    const url = new URL(await iamDatabaseUrl({}, { for: 'mysql' }))
    url.searchParams.set('ssl-ca', plain.postgres().caFile)
    expect((await run(url)).errors).toMatch(/certificate|SSL/)
  })
})

describe('mysql2, with the URL alone', () => {
  it('logs in', async () => {
    enter(plain.mysql())
    const connection = await createConnection(await iamDatabaseUrl({}, { for: 'mysql2' }))
    const [rows] = await connection.query('SELECT current_user() AS user')
    await connection.end()
    expect(rows).toEqual([{ user: 'iam_user@%' }])
  })

  it('refuses a server of another name, and one of another CA', async () => {
    enter(plain.mysql())
    const url = await iamDatabaseUrl({}, { for: 'mysql2' })
    // another name of the same address
    const otherName = createConnection(url.replace('@localhost', '@127.1'))
    await expect(otherName).rejects.toThrow(/does not match certificate/)
    vi.stubEnv('NODE_EXTRA_CA_CERTS', plain.postgres().caFile)
    const otherCa = createConnection(await iamDatabaseUrl({}, { for: 'mysql2' }))
    await expect(otherCa).rejects.toThrow(/self-signed certificate|unable to verify/)
  })
})

describe("Prisma's CLI", () => {
  it('hands its engine the URL from prisma.config.ts, and that is one to log in with', async () => {
    const engine = join(folder, 'schema-engine')
    const program = pathToFileURL(fileURLToPath(new URL('programs/schema-engine.ts', import.meta.url)))
    const tsx = import.meta.resolve('tsx')
    writeFileSync(engine, `#!/bin/sh\nexec ${process.execPath} --import ${tsx} ${fileURLToPath(program)}\n`)
    chmodSync(engine, 0o700)
    const script = join(folder, 'script.sql')
    writeFileSync(script, 'CREATE TABLE made_by_cli (id int)')
    const cli = fileURLToPath(
      new URL('../examples/prisma/node_modules/prisma/build/index.js', import.meta.url),
    )
    const env = {
      ...plain.postgres().env,
      PRISMA_SCHEMA_ENGINE_BINARY: engine,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    }
    const verdicts = await verdictsOf(plain.postgres(), async () => {
      const ended = await runCommand(
        process.execPath,
        [cli, 'db', 'execute', '--file', script],
        env,
        'examples/prisma',
      )
      expect(ended).toMatchObject({ code: 0 })
    })
    // Before it, the server was asked which root signs it.
    expect(verdicts.at(-1)).toMatchObject({ reason: 'admitted', user: 'iam_user' })
  })
})

describe("Prisma's engine for PostgreSQL, which reads one certificate,", () => {
  /** The subject of the only certificate in the file that the URL names. */
  async function rootFor(target: IamTarget): Promise<string> {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const url = new URL(await iamDatasourceUrl(target))
    const pem = readFileSync(url.searchParams.get('sslcert') ?? '', 'utf8')
    expect(pem.match(/BEGIN/g)).toHaveLength(1)
    return new X509Certificate(pem).subject
  }
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' }

  it.each(['localhost', '127.0.0.1'])('gets the one that signs the server at %s', async (host) => {
    const { endpoint, ca, verdicts } = plain.postgres()
    const before = verdicts.at(-1)
    const target = { ...endpoint, host, user: 'iam_user', region: 'us-east-1', credentials }
    expect(await rootFor({ ...target, engine: 'postgres', ssl: { ca } })).toMatch(/rds-iam local root/)
    // The gate does not take it for somebody who does not trust it.
    while (verdicts.at(-1) === before) await new Promise(setImmediate)
    expect(verdicts.at(-1)).toMatchObject({ reason: 'incomplete' })
  })

  it.each([
    ['orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com', /Amazon RDS eu-central-1 Root CA RSA2048 G1/],
    ['pool.proxy-c9akciq32rgh.eu-central-1.rds.amazonaws.com', /Amazon Root CA 1/],
  ])('gets the one that signs most, where %s can not be asked', async (host, subject) => {
    const dns = await startDns({}) // leads to this machine, where nobody listens
    const target = { engine: 'postgres', host, port: 1, user: 'jane_doe', credentials } as const
    expect(await rootFor(target)).toMatch(subject)
    dns.stop()
  })

  it.each<[string, (socket: Socket) => void]>([
    ['offers no TLS', (socket) => socket.end('N')],
    ['hangs up', (socket) => socket.end()],
    ['is no PostgreSQL', (socket) => socket.end('HTTP/1.1 400 Bad Request')],
    ['never answers', () => vi.runAllTimers()],
  ])('gets the one that signs most, where the server %s', async (_what, answer) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const server = createServer((socket) => socket.on('error', () => {}).once('data', () => answer(socket)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = Object(server.address())
    const via = { host: '127.0.0.1', port }
    const trust = readSettings({ engine: 'postgres', host: WRITER, user: 'jane_doe' }).trust
    const endpoint = { ...createTokenSource({ engine: 'postgres', host: WRITER, user: 'u' }).endpoint, via }
    const pem = await rootOfServer(endpoint, trust)
    expect(new X509Certificate(pem).subject).toMatch(/Amazon RDS us-east-1 Root CA RSA2048 G1/)
    vi.useRealTimers()
    server.close()
  })
})

it("leaves out of a URL what is another reader's", async () => {
  enter(plain.postgres())
  const url = `${plain.postgres().url}?statement_timeout=9&schema=app&sslnegotiation=direct&connect_timeout=7`
  const params = async (reader: 'prisma' | 'libpq') =>
    [...new URL(await iamDatasourceUrl({ url }, { for: reader })).searchParams.keys()].sort()
  expect(await params('prisma')).toEqual(['connect_timeout', 'schema', 'sslaccept', 'sslcert', 'sslmode'])
  expect(await params('libpq')).toEqual(['connect_timeout', 'sslmode', 'sslnegotiation', 'sslrootcert'])
})

it('may be read again, with a token in it, by a program that makes its own', async () => {
  enter(plain.postgres())
  const first = await iamDatasourceUrl()
  vi.stubEnv('DATABASE_URL', first)
  const again = await iamDatasourceUrl()
  expect(new URL(again).password).not.toBe('')
  expect(again.replace(new URL(again).password, '')).toBe(first.replace(new URL(first).password, ''))
})

describe('is refused, at once,', () => {
  const host = WRITER
  const base = { engine: 'postgres', host, user: 'jane_doe' } as const
  it.each([
    [
      'an unknown reader',
      base,
      'jdbc',
      /for: "jdbc" is not known; write 'prisma', 'libpq', 'mysql' or 'mysql2'/,
    ],
    ['a reader of the other engine', base, 'mysql', /for: "mysql" can't go together with engine "postgres"/],
    [
      'a tunnel that the form has no place for',
      { ...base, via: 'localhost:1' },
      'prisma',
      /via: can't be written/,
    ],
    [
      'a socket that libpq speaks no TLS over',
      { ...base, via: '/run/tunnel' },
      'libpq',
      /via: "\/run\/tunnel"/,
    ],
    [
      'a parameter that the reader does not know',
      { url: `postgres://u@${host}/d?aplication_name=x` },
      'libpq',
      /aplication_name \(from the URL\): is not known to libpq/,
    ],
    [
      'a socket to dial',
      { url: `mysql://u@${host}/d?socket=/tmp/x` },
      'prisma',
      /socket \(from the URL\): is not known to prisma/,
    ],
  ])('%s', async (_what, target: IamTarget, reader, message) => {
    const made = iamDatasourceUrl(target, { for: reader as 'libpq' }) // as a caller without types may write
    await expect(made).rejects.toThrow(RdsIamError)
    await expect(made).rejects.toThrow(message)
  })
})
