// TypeORM's logins: failures, timeouts, and destroy().
import { play, silent } from '../../support/play.ts'
import { failureOf, rejectionOf, seenOf } from '../shown.ts'
import type { Scenario } from './open.ts'

export const loginScenarios: Record<string, Scenario> = {
  'reports a missing database': async ({ make }) => {
    const dataSource = make({ database: 'nowhere' })
    const failure = await failureOf(() => dataSource.initialize())
    return {
      failure,
      initialized: dataSource.isInitialized,
      again: await failureOf(() => dataSource.initialize()),
    }
  },

  'reports an address where nothing listens': async ({ make, open }) => {
    // Nothing listens on port 1 of this machine.
    const failure = await failureOf(() => make({ host: '127.0.0.1', port: 1 }).initialize())
    return { failure, login: await (await open()).query('SELECT 1 AS one') }
  },

  'reports a rejected login': async ({ makeWrongly }) => {
    const dataSource = makeWrongly()
    const first = await rejectionOf(() => dataSource.initialize())
    return {
      first,
      initialized: dataSource.isInitialized,
      again: await rejectionOf(() => dataSource.initialize()),
    }
  },

  'reports a hanging login like its driver': async ({ type, make, open }) => {
    await using server = await play(silent)
    const { host, port } = server
    const limit = type === 'postgres' ? 'connectTimeoutMS' : 'connectTimeout'
    const dataSource = make({ host, port, [limit]: 80 })
    const failure = await failureOf(() => dataSource.initialize())
    await server.hangUp()
    return {
      failure,
      initialized: dataSource.isInitialized,
      login: await (await open()).query('SELECT 1 AS one'),
    }
  },

  'is destroyed during logins': async ({ open }) => {
    const dataSource = await open({ poolSize: 4 })
    const queries = Promise.allSettled(Array.from({ length: 4 }, () => dataSource.query('SELECT 1 AS one')))
    await new Promise(setImmediate) // pools look for connections at the next tick
    await dataSource.destroy()
    // The first query may succeed, because its connection was already open.
    const [, ...ends] = await queries
    return {
      ends: ends.map((end) => (end.status === 'fulfilled' ? end.value : seenOf(end.reason))),
      open: dataSource.isInitialized,
      late: await failureOf(() => dataSource.query('SELECT 1')),
    }
  },

  'is destroyed during its initialization': async ({ make }) => {
    const dataSource = make()
    const initialized = Promise.allSettled([dataSource.initialize()])
    const destroyed = await failureOf(() => dataSource.destroy())
    const [end] = await initialized
    return {
      destroyed,
      end: end.status === 'fulfilled' || seenOf(end.reason),
      open: dataSource.isInitialized,
      rows: await dataSource.query('SELECT 1 AS one'),
    }
  },
}
