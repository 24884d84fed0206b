// TypeORM on pg: each server's credentials carry a password function of their own.
import { Socket } from 'node:net'
import { type IamPgConfig, iamPgConfig } from '@rds-iam/core/pg'
import type { IamPostgresOptions, PostgresOptions } from './options.ts'
import { readServers, refuseParameters, type Server } from './servers.ts'

type Credentials = NonNullable<PostgresOptions['replication']>['master']

export function postgresOptions(options: IamPostgresOptions): PostgresOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra, ...passed } = options
  const [first, ...others] = readServers(options, 'postgres', (target) =>
    iamPgConfig({ ...extra, ...target }),
  )
  const { host, port, user, database, password, ssl, stream: _stream, ...rest } = first.config
  // TypeORM lays `extra` over what it hands to pg, for all servers alike.
  const laid = { ...rest, ...streams([first, ...others]) }
  const shared = { ...passed, ...(extra || Object.keys(laid).length > 0 ? { extra: laid } : {}) }
  if (!replication) return { ...shared, ...credentials(first) }
  refuseParameters([first, ...others], extra, OWN)
  return {
    ...shared,
    replication: { ...replication, master: credentials(first), slaves: others.map(credentials) },
  }
}

const OWN = ['host', 'port', 'user', 'database', 'password', 'ssl', 'stream', 'application_name']

function credentials({ config, options }: Server<IamPgConfig>): Credentials {
  const { host, port, user, database, password, ssl, application_name } = config
  const applicationName = options.applicationName ?? application_name
  return {
    ...(applicationName === undefined ? {} : { applicationName }),
    host,
    port,
    username: user,
    ...(database === undefined ? {} : { database }),
    password,
    ssl,
  }
}

/** pg tells the hook that makes its socket which `ssl` it will use, and each server has one of its own. */
function streams(servers: readonly Server<IamPgConfig>[]): {
  stream?: (connection: { ssl: unknown }) => unknown
} {
  const bySsl = new Map(
    servers.flatMap(({ config }) => (config.stream ? [[config.ssl, config.stream] as const] : [])),
  )
  if (bySsl.size === 0) return {}
  return { stream: ({ ssl }) => [...bySsl].find(([own]) => own === ssl)?.[1]() ?? new Socket() }
}
