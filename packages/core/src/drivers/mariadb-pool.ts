// mariadb's pool hides a rejected login behind a timeout of 10 s; this lets it through as itself, and at once.

type Statement = (...args: never[]) => Promise<unknown>

interface Statements {
  query: Statement
  execute: Statement
  batch: Statement
}

interface AnyConnection extends Statements {
  release(): unknown
}

/** The part of mariadb's pool that is needed: of any of its versions, which differ in the rest of their types. */
interface AnyPool extends Statements {
  getConnection(): Promise<AnyConnection>
  totalConnections(): number
}

/**
 * Makes a pool of the driver mariadb report a rejected login at once, to all who wait for a connection. By
 * itself the pool keeps trying for 10 s (`acquireTimeout`), and then tells of a timeout. While connections are
 * open, waiting goes on: one of them may become free.
 *
 * The pool is changed in place, by its public methods and its event `error` alone, and returned.
 *
 * @example
 * ```ts
 * import { failFast, iamMariaDbConfig } from '@rds-iam/core/mariadb'
 * import mariadb from 'mariadb'
 *
 * const pool = failFast(
 *   mariadb.createPool(iamMariaDbConfig({ host: 'db.abc.eu-central-1.rds.amazonaws.com', user: 'jane_doe' })),
 * )
 * ```
 */
export function failFast<P extends AnyPool>(pool: P): P {
  const waiting = new Set<(error: unknown) => void>()
  const acquire = pool.getConnection.bind(pool)

  // mariadb's types lack the event, which its pools emit whenever a connection could not be made.
  const events: { on(name: 'error', listener: (error: Error) => void): unknown } = Object(pool)
  events.on('error', ({ cause }) => {
    if (!isRejection(cause) || pool.totalConnections() > 0) return
    for (const reject of waiting) reject(cause)
  })

  const getConnection = (): Promise<AnyConnection> =>
    new Promise((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        waiting.delete(giveUp)
        reject(error)
      }
      waiting.add(giveUp)
      acquire().then((connection) => {
        // Who gave up must not be given a connection: nobody would release it.
        if (waiting.delete(giveUp)) resolve(connection)
        else void connection.release()
      }, giveUp)
    })
  // The pool's own shortcuts don't call getConnection, and can't be withdrawn once they wait.
  const borrowing =
    (name: keyof Statements) =>
    async (...args: unknown[]): Promise<unknown> => {
      const connection = await getConnection()
      try {
        return await Reflect.apply(connection[name], connection, args)
      } finally {
        await connection.release()
      }
    }
  return Object.assign(pool, {
    getConnection,
    query: borrowing('query'),
    execute: borrowing('execute'),
    batch: borrowing('batch'),
  })
}

function isRejection(error: unknown): boolean {
  return Object(error).errno === 1045
}
