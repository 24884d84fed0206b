// After a failover, a pool closes its connections to a writer endpoint with a read-only server, and no others.
import { inspect } from 'node:util'
import type { IamTarget } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamPgConfig } from '@rds-iam/core/pg'
import type { LocalRds } from '@rds-iam/local'
import * as mariadb from 'mariadb'
import * as mariadbOldest from 'mariadb-oldest'
import type { createPool } from 'mysql2/promise'
import * as mysql2Oldest from 'mysql2-oldest/promise'
import pg from 'pg'
import pgOldest from 'pg-oldest'
import QueryStream from 'pg-query-stream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Server } from '../../packages/local/src/servers/server.ts'
import { atOnce } from '../support/at-once.ts'
import { enterNetwork } from '../support/network.mjs'
import { enter } from '../support/rds.ts'
import {
  type Database,
  onMariaDb,
  onMariaDbAlone,
  onMysql2,
  onPg,
  type Stack,
  stacks,
} from '../support/stacks.ts'
import {
  asSuperuser,
  DATABASE,
  KEY,
  startGate,
  startPostgresWriter,
  startReadOnlyAndWriter,
  USER,
  untilAlone,
} from '../support/writers.ts'

const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const GLOBAL = 'orders.global-c9akciq32rgh.global.rds.amazonaws.com'
const READER = 'orders.cluster-ro-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const INSTANCE = 'orders-1.c9akciq32rgh.us-east-1.rds.amazonaws.com'

const DEFAULT = 'default_transaction_read_only'
const READ_ONLY = /read[- ]only/i
const INSERT = 'INSERT INTO orders VALUES (1)'
/** Everything that a test has opened. */
const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const shared = new Map<string, Promise<LocalRds>>()
afterAll(async () => {
  for (const rds of shared.values()) await (await rds).stop()
})

interface Name {
  readonly db: Database
  /** The number of logins at the first server. */
  logins(): number
  /** Points the name to the second server. */
  switch(): void
}

/** A pool with connections to `first`, for an endpoint with a name that can be pointed to `second`. */
async function pool(
  stack: Stack,
  host: string,
  [first, second]: readonly [Server, Server],
  more: IamTarget = {},
  size = 5,
): Promise<Name> {
  const { engine } = stack
  const gates = await Promise.all([gate(engine, host, first), gate(engine, host, second)])
  // A login that another test's pool still runs would count as one of this pool.
  await Promise.all([untilAlone(engine, first), untilAlone(engine, second)])
  const last = gates[0].verdicts.at(-1)?.number ?? 0
  const ports = { [host]: gates[0].port }
  open.push(enterNetwork({ ports }))
  enter(gates[0])
  const target: IamTarget = {
    engine,
    host,
    user: USER,
    database: DATABASE[engine],
    credentials: KEY,
    region: 'us-east-1',
    ssl: { ca: gates.map(({ ca }) => ca) },
    ...more,
  }
  const db = await stack.open(target, size)
  open.push(() => db.close())
  const ends = await atOnce(stack, db, size, target)
  expect(ends.map(({ status }) => status)).not.toContain('rejected')
  return {
    db,
    logins: () => gates[0].verdicts.filter(({ admitted, number }) => admitted && number > last).length,
    switch: () => {
      ports[host] = gates[1].port
    },
  }
}

/** A server's gate for an endpoint, which all tests share. */
function gate(engine: Stack['engine'], host: string, server: Server): Promise<LocalRds> {
  const key = `${host} ${server.port}`
  const started = shared.get(key) ?? startGate(engine, host, server)
  shared.set(key, started)
  return started
}

const insert = ({ db }: Name) => db.query(INSERT)
const insertInTransaction = ({ db }: Name) =>
  db.transaction(async (query) => {
    await query(INSERT)
  })

const ATTEMPTS = 30

/** Runs statements on all connections at once, and returns the errors. */
async function errorsOf(name: Name, work: (name: Name) => Promise<unknown>): Promise<string[]> {
  const ends = await Promise.allSettled(Array.from({ length: ATTEMPTS }, () => work(name)))
  return ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
}

/** Points the name to the writer, and expects at most as many errors as there were connections. */
async function expectRecovery(name: Name, work: (name: Name) => Promise<unknown>): Promise<void> {
  const connections = name.logins()
  name.switch()
  const errors = await errorsOf(name, work)
  expect(errors.length).toBeGreaterThan(0)
  expect(errors.length).toBeLessThanOrEqual(connections)
  for (const error of errors) expect(error).toMatch(READ_ONLY)
  expect(await errorsOf(name, work)).toEqual([])
}

/** The first server's error fails each statement, but causes no new login. */
async function expectNoEnd(name: Name, work: (name: Name) => Promise<unknown>): Promise<void> {
  const connections = name.logins()
  const errors = await errorsOf(name, work)
  expect(errors).toHaveLength(ATTEMPTS)
  for (const error of errors) expect(error).toMatch(READ_ONLY)
  expect(name.logins()).toBe(connections)
}

describe('on mysql', () => {
  // The old versions lack only methods that aren't used here.
  const oldestMysql2 = mysql2Oldest.createPool as unknown as typeof createPool
  const oldestMariaDb = mariadbOldest as unknown as typeof mariadb
  const others: Stack[] = [
    { name: 'mysql2 3.9', engine: 'mysql', open: onMysql2(oldestMysql2) },
    { name: 'mariadb 3.4', engine: 'mysql', open: onMariaDb(oldestMariaDb) },
    { name: 'the own pool of mariadb 3.4', engine: 'mysql', open: onMariaDbAlone(oldestMariaDb) },
    { name: 'the own pool of mariadb 3.5', engine: 'mysql', open: onMariaDbAlone(mariadb) },
  ]
  let readOnly: Server
  let writer: Server
  afterAll(() => Promise.all([readOnly?.stop(), writer?.stop()]))
  beforeAll(async () => {
    ;[readOnly, writer] = await startReadOnlyAndWriter('mysql')
  })

  describe.each([...stacks.filter(({ engine }) => engine === 'mysql'), ...others])('$name', (stack) => {
    it('leaves a read-only server for the writer', async () => {
      const name = await pool(stack, WRITER, [readOnly, writer])
      await expectRecovery(name, insert)
    })

    it('leaves a read-only server for the writer after a transaction', async () => {
      const name = await pool(stack, WRITER, [readOnly, writer])
      await expectRecovery(name, insertInTransaction)
    })

    it('stays with a writer in a session that was made read-only', async () => {
      const name = await pool(stack, WRITER, [writer, readOnly], {}, 1)
      await name.db.query('SET SESSION TRANSACTION READ ONLY')
      await expectNoEnd(name, insertInTransaction)
    })

    it('stays with a read-only server at a reader endpoint', async () => {
      const name = await pool(stack, READER, [readOnly, writer])
      name.switch()
      await expectNoEnd(name, insertInTransaction)
    })
  })

  const versions = [
    { version: 'mariadb 3.4', driver: oldestMariaDb },
    { version: 'mariadb 3.5', driver: mariadb },
  ]
  /** A connection without a pool or a listener. */
  const single = (driver: typeof mariadb, log: (error: Error) => void): Stack => ({
    name: 'mariadb',
    engine: 'mysql',
    open: async (target) => {
      const connection = await driver.createConnection(
        iamMariaDbConfig({ ...target, logger: { error: log } }),
      )
      return {
        query: (sql) => connection.query(sql),
        transaction: () => Promise.reject(new Error('not used here')),
        close: () => connection.end(),
      }
    },
  })

  it.each(versions)('ends a connection of $version without a pool or a listener', async ({ driver }) => {
    const logged: Error[] = []
    const stack = single(driver, (error) => logged.push(error))
    const name = await pool(stack, WRITER, [readOnly, writer], {}, 1)
    const failure = await insert(name).catch((error) => error)
    expect(failure).toMatchObject({ errno: 1290, fatal: false })
    expect(logged[0]).toBe(failure)
    const later = await name.db.query('SELECT 1').catch((error) => error)
    expect(later.message).toMatch(/^rds-iam closed this connection, because its server is read-only: /)
    expect(inspect(later)).not.toContain(INSERT) // of another statement, with its values
  })

  it.each(versions)('ends a connection of $version whose logger throws', async ({ driver }) => {
    const bug = new Error('a bug in the logger')
    let throws = true
    const stack = single(driver, () => {
      if (throws) throw bug
    })
    const name = await pool(stack, WRITER, [readOnly, writer], {}, 1)
    // mariadb lets the logger's error end the process.
    const thrown = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve))
    try {
      void insert(name) // mariadb never answers it
      expect(await thrown).toBe(bug)
      throws = false
      await expect(name.db.query('SELECT 1')).rejects.toThrow(/^rds-iam closed this connection/)
    } finally {
      process.setUncaughtExceptionCaptureCallback(null)
    }
  })
})

describe('on postgres', () => {
  const oldest: Stack = { name: 'pg 8.11', engine: 'postgres', open: onPg(pgOldest) }
  const newest: Stack = { name: 'pg 8.23', engine: 'postgres', open: onPg(pg) }
  const streaming: Stack = {
    name: 'pg-query-stream',
    engine: 'postgres',
    open: (target, max) => {
      const clients = new pg.Pool(iamPgConfig({ ...target, max }))
      const stream = (client: pg.PoolClient) => (sql: string) => client.query(new QueryStream(sql)).toArray()
      return {
        query: async (sql) => {
          const client = await clients.connect()
          return stream(client)(sql).finally(() => client.release())
        },
        transaction: async (work) => {
          const client = await clients.connect()
          await client.query('BEGIN')
          const end = (how: string) => client.query(how).finally(() => client.release())
          await work(stream(client)).then(
            () => end('COMMIT'),
            async (error) => {
              await end('ROLLBACK')
              throw error
            },
          )
        },
        close: () => clients.end(),
      }
    },
  }
  let replica: Server
  let writer: Server
  afterAll(() => Promise.all([replica?.stop(), writer?.stop()]))
  beforeAll(async () => {
    ;[replica, writer] = await startReadOnlyAndWriter('postgres')
  })

  describe.each([...stacks.filter(({ engine }) => engine === 'postgres'), oldest])('$name', (stack) => {
    it('leaves a replica for the writer', async () => {
      const name = await pool(stack, WRITER, [replica, writer])
      await expectRecovery(name, insert)
    })

    it('leaves a replica for the writer after a transaction', async () => {
      const name = await pool(stack, WRITER, [replica, writer])
      await expectRecovery(name, insertInTransaction)
    })

    it('stays with a writer after a transaction that was made read-only', async () => {
      const name = await pool(stack, WRITER, [writer, replica])
      await expectNoEnd(name, ({ db }) =>
        db.transaction(async (query) => {
          await query('SET TRANSACTION READ ONLY')
          await query(INSERT)
        }),
      )
    })
  })

  it.each([
    ['of a global database', GLOBAL, {}],
    ['of an instance, if the target says so', INSTANCE, { writer: true }],
  ])('leaves a replica at the endpoint %s', async (_, host, more) => {
    const name = await pool(newest, host, [replica, writer], more)
    await expectRecovery(name, insertInTransaction)
  })

  it.each([
    ['of a reader', READER, {}],
    ['of an instance', INSTANCE, {}],
    ['of a cluster, if the target says so', WRITER, { writer: false }],
  ])('stays with a replica at the endpoint %s', async (_, host, more) => {
    const name = await pool(newest, host, [replica, writer], more)
    name.switch()
    await expectNoEnd(name, insertInTransaction)
  })

  it('leaves a server with a read-only configuration, as after a blue/green switchover', async () => {
    const blue = await startPostgresWriter()
    open.push(() => blue.stop())
    await asSuperuser(blue, [`ALTER SYSTEM SET ${DEFAULT} = on`, 'SELECT pg_reload_conf()'])
    await vi.waitFor(
      () => expect(asSuperuser(blue, ['CREATE ROLE other'])).rejects.toThrow(READ_ONLY),
      10_000,
    )
    const name = await pool(newest, WRITER, [blue, writer])
    await expectRecovery(name, insertInTransaction)
  })

  it('stays with a replica after a failed stream, and leaves it after a failed transaction', async () => {
    const name = await pool(streaming, WRITER, [replica, writer], {}, 1)
    const logins = name.logins()
    name.switch()
    await expect(insert(name)).rejects.toThrow(READ_ONLY)
    await expect(insert(name)).rejects.toThrow(READ_ONLY)
    expect(name.logins()).toBe(logins)
    await expect(insertInTransaction(name)).rejects.toThrow(READ_ONLY)
    await insert(name)
  })

  it.each([
    ['session', `SET ${DEFAULT} = on`],
    ['user', `ALTER ROLE ${USER} SET ${DEFAULT} = on`],
  ])('stays with a writer if the %s was made read-only', async (of, sql) => {
    if (of === 'user') {
      await asSuperuser(writer, [sql])
      open.push(() => asSuperuser(writer, [`ALTER ROLE ${USER} RESET ${DEFAULT}`]))
    }
    const name = await pool(newest, WRITER, [writer, replica], {}, 1)
    if (of === 'session') await name.db.query(sql)
    await expectNoEnd(name, insertInTransaction)
  })
})
