// Opens Knex with the same configuration and either login.
import { iamConnection } from '@rds-iam/knex'
import knex, { type Knex } from 'knex'
import type { PoolOptions as MysqlConfig } from 'mysql2'
import type { PoolConfig as PgConfig } from 'pg'
import type { Opener } from '../compare.ts'
import type { Engine, Way } from '../servers.ts'

// The types that both Knex and the drivers accept, because Knex's types for driver options are stricter.
type Connection = Knex.StaticConnectionConfig & PgConfig & MysqlConfig

export interface Kit {
  readonly engine: Engine
  /** The first line of each message that Knex has logged. */
  readonly logged: readonly string[]
  /** An instance that is destroyed after the scenario. */
  open(config?: Knex.Config, connection?: Record<string, unknown>): Knex
  /** The same, configured by a URL with these parameters. */
  openUrl(params: string): Knex
  /** An instance that can't log in. */
  openWrongly(): Knex
  /** The `connection` with this login, for a pool that a scenario creates itself. */
  connection(more?: Record<string, unknown>): Connection
}

export type Scenario = (kit: Kit) => Promise<unknown>

export function knexOpener(engine: Engine, { address, user, login, wrongLogin }: Way): Opener<Kit> {
  const opened: Knex[] = []
  const logged: string[] = []
  // Knex logs errors with their stacks, which differ.
  const write = (what: unknown): void => void logged.push(String(what).split('\n', 1)[0] ?? '')
  const log: Knex.Logger = { debug: write, warn: write, error: write, deprecate: write }
  const client = engine === 'postgres' ? 'pg' : 'mysql2'
  const connectionBy = (by: Way['login'], more: object = {}): Connection => {
    const given =
      'password' in by
        ? { ...address, user, password: by.password, ...more }
        : iamConnection({
            ...address,
            user,
            engine,
            region: by.region,
            credentials: by.credentials,
            ssl: { ca: by.ca },
            ...more,
          })
    return given as unknown as Connection
  }
  const connection: Kit['connection'] = (more) => connectionBy(login, more)
  const byUrl = (params: string): Knex.Config['connection'] & (string | object) => {
    const { host, port, database } = address
    if ('password' in login)
      return `${engine}://${user}:${login.password}@${host}:${port}/${database}?${params}`
    const url = `${engine}://${user}@${host}:${port}/${database}?${params}`
    const { region, credentials, ca } = login
    return iamConnection({ url, region, credentials, ssl: { ca } })
  }
  const keep = (db: Knex): Knex => {
    opened.push(db)
    return db
  }
  return {
    open: {
      engine,
      connection,
      logged,
      open: (config, more) => keep(knex({ client, connection: connection(more), log, ...config })),
      openWrongly: () => keep(knex({ client, connection: connectionBy(wrongLogin), log })),
      openUrl: (params) => keep(knex({ client, connection: byUrl(params), log })),
    },
    closeAll: async () => {
      for (const db of opened) await db.destroy()
    },
  }
}

/** The rows of a raw statement. Their place in the result depends on the engine. */
export function rowsOf(result: { rows: unknown[] } | unknown[][]): unknown[] {
  return 'rows' in result ? result.rows : (result[0] ?? [])
}

export async function idOf({ engine }: Kit, db: Knex): Promise<unknown> {
  const sql = engine === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT connection_id() AS id'
  return Object(rowsOf(await db.raw(sql))[0]).id
}
