// Prisma's logins: failures, timeouts, and ends.
import { play, silent } from '../../support/play.ts'
import { failureOf, seenOf } from '../shown.ts'
import { type Kit, limit, type Scenario } from './open.ts'

type Client = ReturnType<Kit['open']>

/** How each kind of query fails, each on a client that has not connected yet. */
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
 * mariadb's pool tries again half a second after a failure, until `acquireTimeout`, and each attempt may take what is
 * left of that. Then the second, the last one, has 400 ms: it ends by what is wrong, and not by its own time.
 */
const TWO_ATTEMPTS_MS = 900
const patience = (engine: Kit['engine'], ms: number): Record<string, unknown> =>
  engine === 'postgres' ? {} : { acquireTimeout: ms, initializationTimeout: ms - 100 }

export const loginScenarios: Record<string, Scenario> = {
  'reports a missing database': async ({ engine, open }) =>
    Promise.all(failuresOf(() => open({ database: 'nowhere', ...patience(engine, TWO_ATTEMPTS_MS) }))),

  'reports that nothing listens': async ({ engine, open }) => {
    // Nothing listens on port 1 of this machine.
    const nowhere = { host: '127.0.0.1', port: 1, ...patience(engine, TWO_ATTEMPTS_MS) }
    const [connected, ...failures] = await Promise.all([
      open(nowhere).$connect().catch(seenOf),
      ...failuresOf(() => open(nowhere)),
    ])
    return { connected, failures, login: await open().user.count() }
  },

  'reports a login that hangs': async ({ engine, open }) => {
    await using server = await play(silent)
    const { host, port } = server
    const limits = engine === 'postgres' ? { connectionTimeoutMillis: 80 } : { connectTimeout: 50 }
    const hanging = { host, port, ...patience(engine, 200), ...limits }
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

/** PostgreSQL's codes for a wrong password, and for what RDS thinks of a wrong token; and Prisma's for these. */
const REJECTIONS: Record<string, string> = { '28P01': 'P1000', '28000': 'P1010' }

/** What is the same of a rejected login. A raw query fails with the same code as any raw query. */
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

  // How many come through is chance on MySQL: mariadb's pool opens one connection after the other.
  'disconnects during logins': async ({ engine, open }) => {
    const prisma = open(limit(engine, 4))
    await prisma.user.count()
    const queries = Promise.allSettled(Array.from({ length: 4 }, () => prisma.user.count()))
    await new Promise(setImmediate) // by then the pool has been asked
    await prisma.$disconnect()
    return endsOf(await queries)
  },
}
