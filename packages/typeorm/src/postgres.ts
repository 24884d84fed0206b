// TypeORM on pg: each server's credentials have their own password function.
import { ownOptions } from '@rds-iam/core'
import { type IamPgConfig, iamPgConfig } from '@rds-iam/core/pg'
import { pgItself } from './pg-itself.ts'
import { readServers, type Server, type Servers, sharedExtra } from './servers.ts'
import type { OwnOptions, PostgresOptions } from './types.ts'

type Credentials = NonNullable<PostgresOptions['replication']>['master']

/** The options that each server has separately. */
const OWN = ['host', 'port', 'user', 'database', 'password', 'ssl', 'stream', 'application_name']
const NAMES = { connectionTimeoutMillis: 'connectTimeoutMS', max: 'poolSize' }

export function postgresOptions(options: OwnOptions<PostgresOptions>): PostgresOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra = {}, driver, ...passed } = options
  const servers = readServers(options, iamPgConfig)
  // TypeORM merges `extra` over its own options and those for pg, for all servers alike. A server's application name is
  // among its credentials.
  const { application_name } = ownOptions(extra)
  const shared = {
    ...passed,
    ...pgItself(driver),
    extra: {
      ...sharedExtra(servers, options, OWN, NAMES),
      ...(application_name !== undefined && { application_name }),
      stream: dial(servers),
    },
  }
  const [first, ...others] = servers
  if (!replication) return { ...shared, ...credentials(first) }
  return {
    ...shared,
    replication: { ...replication, master: credentials(first), slaves: others.map(credentials) },
  }
}

function credentials({ config, options }: Server<IamPgConfig>): Credentials {
  const { host, port, user, password, ssl } = config
  const { database, application_name } = ownOptions(config)
  const applicationName = options.applicationName ?? application_name
  return {
    ...(applicationName !== undefined && { applicationName }),
    host,
    port,
    username: user,
    ...(database !== undefined && { database }),
    password,
    ssl,
  }
}

type Stream = IamPgConfig['stream']

/**
 * pg passes `ssl` to the hook that creates its socket. Each server has a different `ssl`. Its function is the same in
 * every copy, so it identifies the server.
 */
function dial(servers: Servers<IamPgConfig>): Stream {
  const byCheck = new Map<unknown, Stream>(
    servers.map(({ config }) => [config.ssl.checkServerIdentity, config.stream]),
  )
  return (connection) => {
    const { checkServerIdentity }: { checkServerIdentity?: unknown } = Object(connection?.ssl)
    return (byCheck.get(checkServerIdentity) ?? servers[0].config.stream)(connection)
  }
}
