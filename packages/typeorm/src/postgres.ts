// TypeORM on pg: each server's credentials carry a password function of their own.
import { Socket } from 'node:net'
import { type IamPgConfig, iamPgConfig } from '@rds-iam/core/pg'
import type { IamPostgresOptions, PostgresOptions } from './options.ts'
import { readServers, refuseParameters, type Server } from './servers.ts'

type Credentials = NonNullable<PostgresOptions['replication']>['master']

export function postgresOptions(options: IamPostgresOptions): PostgresOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra, ...passed } = options
  const servers = readServers(options, 'postgres', (target) => iamPgConfig({ ...extra, ...target }))
  const [first, ...others] = servers
  const { host, port, user, database, password, ssl, stream: _, application_name: __, ...rest } = first.config
  // TypeORM lays `extra` over what it hands to pg, for all servers alike, and over its own options. A server's name is
  // among its credentials.
  const named = extra?.application_name === undefined ? {} : { application_name: extra.application_name }
  const shared = { ...passed, extra: { ...rest, ...named, stream: extra?.stream ?? dial(servers) } }
  if (!replication) return { ...shared, ...credentials(first) }
  refuseParameters(servers, extra, OWN)
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
function dial(servers: readonly Server<IamPgConfig>[]): (connection: { ssl: unknown }) => unknown {
  const bySsl = new Map<unknown, IamPgConfig['stream']>(
    servers.map(({ config }) => [config.ssl, config.stream]),
  )
  // Options that were changed since are pg's own affair.
  return ({ ssl }) => bySsl.get(ssl)?.() ?? new Socket()
}
