// Knex's logins: failures, timeouts, and destroy().
import { play, silent } from '../../support/play.ts'
import { failureOf, rejectionOf, seenOf } from '../shown.ts'
import { idOf, rowsOf, type Scenario } from './open.ts'

export const loginScenarios: Record<string, Scenario> = {
  'reports a missing database': async ({ open, logged }) => {
    const db = open({ pool: { min: 0, max: 1 } }, { database: 'nowhere' })
    return {
      first: await failureOf(() => db.raw('SELECT 1')),
      again: await failureOf(() => db.schema.hasTable('t')),
      logged,
    }
  },

  'reports an address where nothing listens': async ({ open, logged }) => {
    // Nothing listens on port 1 of this machine.
    const db = open({}, { host: '127.0.0.1', port: 1 })
    return {
      first: await failureOf(() => db.raw('SELECT 1')),
      login: rowsOf(await open().raw('SELECT 1 AS one')),
      logged,
    }
  },

  'reports a rejected login': async ({ openWrongly }) => ({
    first: await rejectionOf(() => openWrongly().raw('SELECT 1')),
    transaction: await rejectionOf(() => openWrongly().transaction()),
    migration: await rejectionOf(() => openWrongly().schema.hasTable('t')),
  }),

  'waits for a hanging login until its timeout, and is destroyed': async ({ open }) => {
    await using server = await play(silent)
    const { host, port } = server
    const db = open({ pool: { min: 0, max: 1 }, acquireConnectionTimeout: 80 }, { host, port })
    const failures = await Promise.all([
      failureOf(() => db.raw('SELECT 1')),
      failureOf(() => db.transaction()),
      failureOf(() => db.schema.hasTable('any')),
    ])
    // destroy() also waits for the login to end.
    const destroyed = db.destroy()
    await server.hangUp()
    await destroyed
    return {
      failures,
      after: await failureOf(() => db.raw('SELECT 1')),
      login: rowsOf(await open().raw('SELECT 1 AS one')),
    }
  },

  'reports a hanging login like its driver': async ({ engine, open }) => {
    await using server = await play(silent)
    const { host, port } = server
    const limit = engine === 'postgres' ? 'connectionTimeoutMillis' : 'connectTimeout'
    const db = open({ pool: { min: 0, max: 1 } }, { host, port, [limit]: 80 })
    const failure = await failureOf(() => db.raw('SELECT 1'))
    await db.destroy()
    await server.hangUp()
    return { failure, login: rowsOf(await open().raw('SELECT 1 AS one')) }
  },

  'is destroyed during logins': async (kit) => {
    const db = kit.open({ pool: { min: 0, max: 4 } })
    await idOf(kit, db)
    const queries = Promise.allSettled(Array.from({ length: 4 }, () => db.raw('SELECT 1 AS one')))
    await db.destroy()
    const ends = (await queries).map((end) =>
      end.status === 'fulfilled' ? rowsOf(end.value) : seenOf(end.reason),
    )
    return { ends, open: db.client.pool === undefined }
  },
}
