// Prisma's logins: failures, timeouts, and disconnects.
import { play, silent } from '../../support/play.ts'
import { failureOf, seenOf } from '../shown.ts'
import { type Kit, limit, type Scenario } from './open.ts'

type Client = ReturnType<Kit['open']>

/** The failures of each kind of query, each on a client that hasn't connected yet. */
function failuresOf(open: () => Client): Promise<unknown>[] {
  return [
    failureOf(() => open().user.count()),
    failureOf(() => open().$queryRaw`SELECT 1`),
    failureOf(() => open().$transaction(async (tx) => tx.user.count())),
  ]
}

const endsOf = (ends: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  ends.map((end) => (end.status === 'fulfilled' ? end.value : seenOf(end.reason)))

/**
 * mariadb's pool retries half a second after a failure, until `acquireTimeout`. Each attempt may take the time that is
 * left. So the second and last attempt has 400 ms, enough to fail with the real error instead of a timeout.
 */
const TWO_ATTEMPTS_MS = 900
const patience = (engine: Kit['engine'], ms: number): Record<string, unknown> =>
  engine === 'postgres' ? {} : { acquireTimeout: ms, initializationTimeout: ms - 100 }

export const loginScenarios: Record<string, Scenario> = {
  'reports a missing database': async ({ engine, open }) =>
    Promise.all(failuresOf(() => open({ database: 'nowhere', ...patience(engine, TWO_ATTEMPTS_MS) }))),

  'reports an address where nothing listens': async ({ engine, open }) => {
    // Nothing listens on port 1 of this machine.
    const nowhere = { host: '127.0.0.1', port: 1, ...patience(engine, TWO_ATTEMPTS_MS) }
    const [connected, ...failures] = await Promise.all([
      open(nowhere).$connect().catch(seenOf),
      ...failuresOf(() => open(nowhere)),
    ])
    return { connected, failures, login: await open().user.count() }
  },

  'reports a hanging login': async ({ engine, open }) => {
    await using server = await play(silent)
    const { host, port } = server
    const limits = engine === 'postgres' ? { connectionTimeoutMillis: 80 } : { connectTimeout: 50 }
    // mariadb reports the first failure, unless that comes after the time for all attempts.
    const hanging = { host, port, ...patience(engine, TWO_ATTEMPTS_MS), ...limits }
    const failures = await Promise.all(failuresOf(() => open(hanging)))
    await server.hangUp()
    return { failures, login: await open().user.count() }
  },

  'disconnects while a login hangs': async ({ engine, open }) => {
    await using server = await play(silent)
    const { host, port } = server
    const called = server.next()
    const prisma = open({ host, port, ...patience(engine, 200) })
    const queries = Promise.allSettled([prisma.user.count(), prisma.$queryRaw`SELECT 1`])
    await called
    const disconnected = prisma.$disconnect()
    await server.hangUp()
    await disconnected
    return { ends: endsOf(await queries), login: await open().user.count() }
  },

  'disconnects while it connects': async ({ open }) => {
    const prisma = open()
    const connected = Promise.allSettled([prisma.$connect(), prisma.user.count()])
    await prisma.$disconnect()
    return { ends: endsOf(await connected), after: await prisma.user.count() }
  },
}

/** The codes for a wrong password and for a token that RDS rejects: PostgreSQL's, and Prisma's for each. */
const REJECTIONS: Record<string, string> = { '28P01': 'P1000', '28000': 'P1010' }

/** The parts of a rejected login's error that are the same both ways. A raw query has the code of any raw query. */
function rejectionOf(failure: unknown): unknown {
  const { class: name, of, code, meta } = Object(failure)
  const { class: error, cause } = meta.driverAdapterError
  const own = code === REJECTIONS[cause.originalCode]
  return { class: name, of, code: own ? 'of the rejection' : code, error }
}

/** Scenarios that only PostgreSQL supports. */
export const postgresLoginScenarios: Record<string, Scenario> = {
  'reports a rejected login': async ({ open, openWrongly }) => ({
    connected: await openWrongly().$connect().catch(seenOf),
    failures: (await Promise.all(failuresOf(() => openWrongly()))).map(rejectionOf),
    login: await open().user.count(),
  }),

  // On MySQL, the number of successes varies, because mariadb's pool opens one connection after another.
  'disconnects during logins': async ({ engine, open }) => {
    const prisma = open(limit(engine, 4))
    await prisma.user.count()
    const queries = Promise.allSettled(Array.from({ length: 4 }, () => prisma.user.count()))
    await new Promise(setImmediate) // by then, the pool has the requests
    await prisma.$disconnect()
    return endsOf(await queries)
  },
}
