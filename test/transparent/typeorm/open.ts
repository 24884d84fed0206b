// Opens a DataSource with the same options and either login.
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import { DataSource, type DataSourceOptions } from 'typeorm'
import type { Opener } from '../compare.ts'
import type { Way } from '../servers.ts'

export const TYPES = ['postgres', 'mysql', 'mariadb'] as const
export type Type = (typeof TYPES)[number]

type Options = Record<string, unknown>

export interface Kit {
  readonly type: Type
  readonly database: string
  /** The address and the login of a server in a replication. */
  readonly server: Options
  /** Options for `new DataSource()` with this login. */
  options(more?: Options): DataSourceOptions
  /** A DataSource that is destroyed after the scenario. */
  make(more?: Options): DataSource
  /** The same, initialized. */
  open(more?: Options): Promise<DataSource>
  /** A DataSource that can't log in. */
  makeWrongly(): DataSource
  /** The server as a URL. */
  readonly url: string
  /** The same, configured by that URL. */
  openUrl(more?: Options): Promise<DataSource>
}

export type Scenario = (kit: Kit) => Promise<unknown>

export function typeOrmOpener(type: Type, { address, user: username, login, wrongLogin }: Way): Opener<Kit> {
  const opened: DataSource[] = []
  const plain = 'password' in login
  const server = { ...address, username, ...(plain ? { password: login.password } : {}) }
  const complete = (options: Options, by = login): DataSourceOptions => {
    if ('password' in by) return options as unknown as DataSourceOptions // scenarios write valid options for their type
    const { region, credentials, ca } = by
    const given: unknown = { ...options, ssl: { ca }, iam: { region, credentials } }
    return iamDataSourceOptions(given as Parameters<typeof iamDataSourceOptions>[0]) // the same
  }
  const options: Kit['options'] = (more = {}) =>
    complete({ type, ...('replication' in more ? {} : server), ...more })
  const keep = (given: DataSourceOptions): DataSource => {
    const dataSource = new DataSource(given)
    opened.push(dataSource)
    return dataSource
  }
  const { host, port, database } = address
  const wrongPassword = 'password' in wrongLogin ? { password: wrongLogin.password } : {}
  const user = plain ? `${username}:${login.password}` : username
  const url = `${type}://${user}@${host}:${port}/${database}`
  return {
    open: {
      type,
      database,
      server,
      options,
      make: (more) => keep(options(more)),
      open: (more) => keep(options(more)).initialize(),
      openUrl: (more) => keep(complete({ type, url, ...more })).initialize(),
      url,
      makeWrongly: () => keep(complete({ type, ...server, ...wrongPassword }, wrongLogin)),
    },
    closeAll: async () => {
      for (const dataSource of opened) if (dataSource.isInitialized) await dataSource.destroy()
    },
  }
}

/** The number of connections that a data source opens for 12 queries at once. */
export async function width({ type }: Kit, dataSource: DataSource): Promise<number> {
  await Promise.all(Array.from({ length: 12 }, () => dataSource.query('SELECT 1')))
  const driver = Object(dataSource.driver)
  return type === 'postgres' ? driver.master.totalCount : driver.pool._allConnections.length
}
