// Common failures of IAM logins. Each test shows the failure with the usual recipe, and its absence with rds-iam.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTokenSource, type IamTarget } from '@rds-iam/core'
import { iamMariaDbConfig, iamMariaDbPool } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { iamConnection } from '@rds-iam/knex'
import type { AwsKey, Verdict } from '@rds-iam/local'
import { iamDatasourceUrl } from '@rds-iam/prisma'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import knex from 'knex'
import * as mariadb from 'mariadb'
import { createConnection as mysql2Connection } from 'mysql2/promise'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { outputOf, typescript } from '../support/child.ts'
import { newFolder } from '../support/folder.ts'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'
import { type Database, type Stack, stacks, statements } from '../support/stacks.ts'

const MINUTE = 60_000
const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const READER = 'orders.cluster-ro-c9akciq32rgh.us-east-1.rds.amazonaws.com'

/** The keys that the gates currently know. */
const known = new Map<string, AwsKey>()
let issued = 0
function issue(more: Partial<AwsKey> = {}): AwsKey {
  const key = {
    accessKeyId: `ASIAISSUEDNUMBER${String(++issued).padStart(4, '0')}`,
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
    ...more,
  }
  known.set(key.accessKeyId, key)
  return key
}

const keys = (id: string) => known.get(id)
const postgres = useLocalRds({ engine: 'postgres', keys })
const mysql = useLocalRds({ engine: 'mysql', keys, authSwitchData: false })
const writers = {
  postgres: useLocalRds({ engine: 'postgres', keys, endpoint: { host: WRITER, port: 5432 } }),
  mysql: useLocalRds({ engine: 'mysql', keys, endpoint: { host: WRITER, port: 3306 } }),
}
const readers = {
  postgres: useLocalRds({ engine: 'postgres', keys, endpoint: { host: READER, port: 5432 } }),
  mysql: useLocalRds({ engine: 'mysql', keys, endpoint: { host: READER, port: 3306 } }),
}
const servers = { postgres, mysql }

afterEach(() => void vi.useRealTimers())

/** Freezes the clock that the signer and the gate share. `pass` moves it. */
function freeze(): void {
  vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
}
function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

/** Logs in once with a new connection, and returns the gate's reason. */
async function login(stack: Stack, target: IamTarget = {}): Promise<string | undefined> {
  const verdicts = await verdictsOf(servers[stack.engine](), async () => {
    const db = await stack.open(target, 1)
    await db.query(statements[stack.engine].user).finally(() => db.close())
  })
  return verdicts.at(-1)?.reason
}

/**
 * Lets the server close the only connection of a pool of one, and queries until the pool has a new one. Returns the
 * verdicts of the logins that this took.
 */
async function logInAnew(stack: Stack, db: Database, target: IamTarget): Promise<Verdict[]> {
  const { connectionId } = statements[stack.engine]
  const [before] = await db.query(connectionId)
  await killConnection(stack.engine, before?.id, target)
  return verdictsOf(servers[stack.engine](), async () => {
    const [after] = await vi.waitFor(() => db.query(connectionId), 30_000)
    expect(after?.id).not.toBe(before?.id)
  })
}

/** Expects a pool's next login to be admitted, although `change` happened since the first. */
async function expectNextAdmitted(
  stack: Stack,
  credentials: IamTarget['credentials'],
  change: () => void,
): Promise<void> {
  freeze()
  enter(servers[stack.engine]())
  const db = await stack.open({ credentials }, 1)
  try {
    await db.query('SELECT 1')
    change()
    const verdicts = await logInAnew(stack, db, { credentials })
    expect(verdicts.map(({ reason }) => reason)).toEqual(['admitted'])
  } finally {
    await db.close()
  }
}

async function killConnection(engine: Stack['engine'], id: unknown, target: IamTarget): Promise<void> {
  if (engine === 'postgres') {
    const client = new pg.Client(iamPgConfig(target))
    await client.connect()
    await client.query('SELECT pg_terminate_backend($1)', [id])
    await client.end()
  } else {
    const connection = await mysql2Connection(iamMysql2Config(target))
    await connection.query(`KILL ${id}`)
    await connection.end()
  }
}

describe('a token that outlives the credentials that signed it', () => {
  it('is refused, however recent it is', async () => {
    freeze()
    enter(postgres())
    const key = issue({ sessionToken: 'session', expiration: new Date(Date.now() + 8 * MINUTE) })
    const password = await createTokenSource({ credentials: key }).get()
    pass(9 * MINUTE)
    const client = new pg.Client({ ...iamPgConfig({ credentials: key }), password })
    const [verdict] = await verdictsOf(postgres(), () => expect(client.connect()).rejects.toThrow('PAM'))
    expect(verdict?.reason).toBe('session-ended')
  })

  it.each(stacks)('is not used: $name', async (stack) => {
    const credentials = async () =>
      issue({ sessionToken: 's', expiration: new Date(Date.now() + 8 * MINUTE) })
    await expectNextAdmitted(stack, credentials, () => pass(9 * MINUTE))
  })
})

describe('keys that are rotated on disk', () => {
  it.each(stacks)('fail at most one login: $name', async (stack) => {
    const folder = newFolder()
    const rds = servers[stack.engine]()
    enter(rds)
    const file = join(folder, 'credentials')
    const write = ({ accessKeyId, secretAccessKey }: AwsKey): void =>
      writeFileSync(
        file,
        `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
      )
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file)
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
    const old = issue()
    write(old)
    const db = await stack.open({}, 1)
    try {
      await db.query('SELECT 1')
      write(issue())
      known.delete(old.accessKeyId)
      const verdicts = await logInAnew(stack, db, { credentials: issue() })
      expect(verdicts.at(-1)?.reason).toBe('admitted')
      expect(verdicts.filter(({ admitted }) => !admitted).length).toBeLessThanOrEqual(1)
    } finally {
      await db.close()
    }
  })
})

describe('a pool that outlives a token', () => {
  it('fails with a fixed token in its config', async () => {
    freeze()
    enter(postgres())
    const credentials = issue()
    const pool = new pg.Pool({
      ...iamPgConfig({ credentials }),
      password: await createTokenSource({ credentials }).get(),
    })
    await pool.query('SELECT 1')
    pass(16 * MINUTE)
    const held = await pool.connect()
    await expect(pool.query('SELECT 1')).rejects.toThrow('PAM authentication failed')
    held.release()
    await pool.end()
  })

  describe.each([
    ['the life of a token', 16 * MINUTE],
    ['an hour of suspension', 60 * MINUTE],
    ['a jump of the clock forward by a day', 24 * 60 * MINUTE],
    ['a jump of the clock back by a day', -24 * 60 * MINUTE],
  ])('keeps working with rds-iam after %s', (_what, ms) => {
    it.each(stacks)('$name', (stack) => expectNextAdmitted(stack, issue(), () => pass(ms)))
  })
})

describe('the driver mysql2', () => {
  it("refuses to send a clear-text password, except with rds-iam's plugin", async () => {
    enter(mysql())
    const credentials = issue()
    const { authPlugins: _, ...config } = iamMysql2Config({ credentials })
    const password = await createTokenSource({ credentials }).get()
    await expect(mysql2Connection({ ...config, password })).rejects.toThrow(/mysql_clear_password/)
    const connection = await mysql2Connection(iamMysql2Config({ credentials }))
    await connection.end()
  })
})

describe('the driver mariadb', () => {
  it('accepts no password function, so each connection gets its token in another way', async () => {
    freeze()
    enter(mysql())
    const credentials = issue()
    const config = iamMariaDbConfig({ credentials })
    const first = await mariadb.createConnection(config)
    pass(20 * MINUTE)
    const [verdict] = await verdictsOf(mysql(), () =>
      mariadb.createConnection(config).then((second) => second.end()),
    )
    await first.end()
    expect(verdict).toMatchObject({ admitted: true })
    expect(verdict?.tokenAgeMs).toBeLessThan(MINUTE)
  })

  it("hides a rejected login behind its pool's timeout, except with rds-iam's pool", async () => {
    enter(mysql())
    const credentials = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'x' }
    const hiding = mariadb.createPool(iamMariaDbConfig({ credentials, acquireTimeout: 300 }))
    await expect(hiding.query('SELECT 1')).rejects.toMatchObject({ errno: 45028 })
    await hiding.end()

    const telling = iamMariaDbPool(mariadb, { credentials })
    const rejected = { errno: 1045, iam: { keyId: 'AKIA…0001', user: 'iam_user' } }
    await expect(telling.query('SELECT 1')).rejects.toMatchObject(rejected)
    await expect(telling.execute('SELECT 1')).rejects.toMatchObject(rejected)
    await expect(telling.getConnection()).rejects.toMatchObject(rejected)
    await telling.end()
  })
})

describe('the driver pg', () => {
  it('ignores the password function next to a connection string, which rds-iam parses instead', async () => {
    enter(postgres())
    const password = vi.fn(async () => 'never asked')
    const url = postgres().url
    const config = iamPgConfig({ url, credentials: issue() })
    const client = new pg.Client({ ...config, connectionString: url, password })
    await client.connect().catch(() => {})
    expect(password).not.toHaveBeenCalled()
    await client.end()

    expect(config).not.toHaveProperty('connectionString')
    expect(() => iamPgConfig({ url, ...{ connectionString: url } })).toThrow(
      'connectionString: is not an option; write url instead',
    )
    const pool = new pg.Pool(config)
    await pool.query('SELECT 1')
    await pool.end()
  })

  it("does not trust RDS's private CA with ssl: true, unlike rds-iam, which verifies it", async () => {
    enter(postgres())
    const config = iamPgConfig({ credentials: issue() })
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const client = new pg.Client({ ...config, ssl: true })
    await expect(client.connect()).rejects.toThrow(/certificate/)
    const pool = new pg.Pool(config)
    await pool.query('SELECT 1')
    await pool.end()
  })
})

describe('TypeORM with pg-native installed', () => {
  let folder: string
  beforeEach(() => {
    folder = newFolder()
    // libpq's bindings accept only text as a password, and have to be compiled. This module detects who loads them.
    mkdirSync(join(folder, 'pg-native'))
    writeFileSync(
      join(folder, 'pg-native', 'index.js'),
      "module.exports = class { constructor() { throw new Error('the bindings are in use') } }",
    )
  })

  it.each([
    ['uses its bindings', 'plain', 'the bindings are in use'],
    ['logs in through pg itself with rds-iam', 'ours', 'iam_user'],
  ])('%s', async (_, options, output) => {
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = issue()
    const env = { ...postgres().env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, NODE_PATH: folder }
    const program = typescript('test/support/programs/typeorm-login.ts', options)
    expect(await outputOf(process.execPath, program, { env })).toBe(output)
  })
})

describe('a server with a certificate from the right CA for another name', () => {
  // If only the chain is checked, anyone's instance in the region can pose as yours.
  it('gets a password from plain mysql2', async () => {
    const rds = writers.mysql()
    enter(rds)
    const credentials = issue()
    const target = { credentials, host: READER, user: 'iam_user', port: 3306, via: `127.0.0.1:${rds.port}` }
    const config = iamMysql2Config({ ...target, engine: 'mysql' })
    const password = await createTokenSource({ ...target, host: WRITER, engine: 'mysql' }).get()
    const { authPlugins: _, ...plain } = config
    const connection = await mysql2Connection({
      ...plain,
      ssl: { ca: rds.ca },
      password,
      enableCleartextPlugin: true,
    })
    await connection.end()
  })

  const polluted = 'dangerouslySkipServerVerification'
  afterEach(() => void Reflect.deleteProperty(Object.prototype, polluted))

  const all = stacks.flatMap((stack) => [false, true].map((pollute) => ({ ...stack, pollute })))
  it.each(all)('gets no token from rds-iam: $name, with a polluted prototype: $pollute', async (stack) => {
    // A dependency's mistake must not be able to turn verification off.
    if (stack.pollute) Object.assign(Object.prototype, { [polluted]: true })
    const rds = writers[stack.engine]()
    enter(rds)
    const target: IamTarget = {
      engine: stack.engine,
      credentials: issue(),
      host: READER,
      port: stack.engine === 'postgres' ? 5432 : 3306,
      user: 'iam_user',
      via: `127.0.0.1:${rds.port}`,
    }
    const verdicts = await verdictsOf(rds, async () => {
      await expect(
        (async () => {
          const db = await stack.open(target, 1)
          await db.query('SELECT 1').finally(() => db.close())
        })(),
      ).rejects.toThrow(/altnames/)
    })
    expect(verdicts.filter(({ keyId }) => keyId !== undefined)).toEqual([])
    expect(verdicts.filter(({ admitted }) => admitted)).toEqual([])
  })
})

describe('Knex', () => {
  it.each(['postgres', 'mysql'] as const)(
    'keeps logging in on %s after it is cloned, emptied and refilled',
    async (engine) => {
      freeze()
      enter(servers[engine]())
      const client = engine === 'postgres' ? 'pg' : 'mysql2'
      const db = knex({
        client,
        connection: iamConnection({ credentials: issue() }),
        pool: { min: 0, max: 3 },
      })
      await db.raw('SELECT 1')
      pass(16 * MINUTE)
      await db.withUserParams({ tenant: 1 }).raw('SELECT 1')
      await db.transaction(async (trx) => trx.raw('SELECT 1'))
      await db.destroy()
      pass(16 * MINUTE)
      db.initialize()
      await db.raw('SELECT 1')
      await db.destroy()
      expect(db.client.connectionSettings).toMatchObject({ host: 'localhost', database: 'app' })
    },
  )
})

describe('a token of a Lambda role, longer than 1,000 characters', () => {
  it.each(stacks)('arrives complete with a session token of 4 KB: $name', async (stack) => {
    enter(servers[stack.engine]())
    const sessionToken = Array.from({ length: 4096 }, (_, n) => 'abc/+='[n % 6]).join('')
    const credentials = issue({ sessionToken })
    expect((await createTokenSource({ credentials }).get()).length).toBeGreaterThan(4096)
    expect(await login(stack, { credentials })).toBe('admitted')
  })
})

describe('an endpoint in upper case with a trailing dot', () => {
  it.each(stacks)('is recognized: $name', async (stack) => {
    const rds = servers[stack.engine]()
    enter(rds)
    const { engine } = stack
    expect(
      await login(stack, {
        engine,
        host: 'LocalHost.',
        port: rds.port,
        user: 'iam_user',
        database: 'app',
        credentials: issue(),
      }),
    ).toBe('admitted')
  })
})

describe('a tool that takes only a fixed password', () => {
  it.each(['postgres', 'mysql'] as const)('gets the URL of a local proxy: %s', async (engine) => {
    enter(servers[engine]())
    const url = await iamDatasourceUrl({ credentials: issue() })
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const [verdict] = await verdictsOf(servers[engine](), async () => {
      if (engine === 'postgres') {
        const client = new pg.Client(url)
        await client.connect()
        await client.end()
      } else await (await mysql2Connection(url)).end()
    })
    expect(verdict?.reason).toBe('admitted')
  })
})

describe('"PAM authentication failed" and "Access denied"', () => {
  it.each(stacks)('identify the login, and the gate knows the reason: $name', async (stack) => {
    const rds = servers[stack.engine]()
    enter(rds)
    const credentials = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'x' }
    const failed = await login(stack, { credentials }).catch((error: unknown) => error)
    expect(String(failed)).toContain(
      `\nIAM login of iam_user at localhost:${rds.port} (us-east-1), with a token signed by AKIA…0001 `,
    )
    expect(rds.verdicts.at(-1)).toMatchObject({
      reason: 'unknown-key',
      detail: expect.stringContaining('AKIA…0001'),
    })
  })
})

describe('a writer and its reader', () => {
  it.each(['postgres', 'mysql'] as const)('get separate tokens in TypeORM on %s', async (engine) => {
    const [writer, reader] = [writers[engine](), readers[engine]()]
    enter(writer)
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const server = (host: string, rds: typeof writer) => ({
      host,
      username: 'iam_user',
      database: 'app',
      iam: { via: `127.0.0.1:${rds.port}` },
    })
    const credentials = vi.fn(async () => issue())
    const options = iamDataSourceOptions({
      type: engine,
      iam: { credentials },
      ssl: { ca: [writer.ca, reader.ca] },
      replication: { master: server(WRITER, writer), slaves: [server(READER, reader)] },
    })
    await new Promise(setImmediate)
    expect(credentials, 'before it connects').not.toHaveBeenCalled()
    const dataSource = await new DataSource(options).initialize()
    const admitted: number[] = []
    for (const [mode, rds] of [
      ['master', writer],
      ['slave', reader],
    ] as const) {
      const runner = dataSource.createQueryRunner(mode)
      await runner.query('SELECT 1')
      await runner.release()
      admitted.push(rds.verdicts.filter((verdict) => verdict.admitted).length)
      expect(rds.verdicts.every((verdict) => verdict.admitted || verdict.keyId === undefined)).toBe(true)
    }
    await dataSource.destroy()
    expect(admitted.every((count) => count > 0)).toBe(true)
  })
})
