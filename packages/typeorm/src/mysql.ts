// TypeORM on mysql2: all servers share one set of options, so the plugin looks up the server of its connection.
import { isDeepStrictEqual } from 'node:util'
import { optionsError, ownOptions } from '@rds-iam/core'
import { type IamMysql2Config, iamMysql2Config } from '@rds-iam/core/mysql2'
import { readServers, type Server, type Servers, sharedExtra } from './servers.ts'
import type { MysqlOptions, OwnOptions } from './types.ts'

type Credentials = NonNullable<MysqlOptions['replication']>['master']
type Plugin = IamMysql2Config['authPlugins']['mysql_clear_password']

/** The options that each server has separately, or that a hook looks up by server. */
const OWN = ['host', 'port', 'user', 'database', 'ssl', 'authPlugins', 'stream']
const NAMES = { connectionLimit: 'poolSize' }

export function mysqlOptions(options: OwnOptions<MysqlOptions>): MysqlOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra: _extra, ...passed } = options
  const servers = readServers(options, iamMysql2Config)
  const [first, ...others] = servers
  const shared = {
    ...passed,
    // For type 'mysql', TypeORM 0.3 prefers the package mysql, which doesn't support authentication plugins.
    ...{ connectorPackage: 'mysql2' },
    ssl: first.config.ssl, // each connection replaces it with its own server's
    extra: {
      ...sharedExtra(servers, options, OWN, NAMES),
      authPlugins: { ...first.config.authPlugins, mysql_clear_password: dispatch(servers) },
      stream: dial(servers),
    },
  }
  if (!replication) return { ...shared, ...credentials(first) }
  return {
    ...shared,
    replication: { ...replication, master: credentials(first), slaves: others.map(credentials) },
  }
}

function credentials({ config, options }: Server<IamMysql2Config>): Credentials {
  const { poolSize } = options
  const { host, port, user } = config
  const { database } = ownOptions(config)
  return {
    ...(poolSize === undefined ? {} : { poolSize }),
    host,
    port,
    username: user,
    ...(database === undefined ? {} : { database }),
  }
}

type Address = Parameters<IamMysql2Config['stream']>[0]['config']

function keyOf({ host, port, user }: Address): string {
  return `${user}@${host}:${port}`
}

/** Calls the plugin of the server that a connection is for: its token is signed for no other. */
function dispatch(servers: Servers<IamMysql2Config>): Plugin {
  const byKey = new Map<string, Server<IamMysql2Config>>()
  for (const [index, server] of servers.entries()) {
    const twin = byKey.get(keyOf(server.config))
    if (twin && !isDeepStrictEqual(twin.options.iam, server.options.iam)) {
      const seen = 'repeats the host, port and user of another server, with a different iam'
      throw optionsError([
        { option: `replication.slaves[${index - 1}]`, seen, instead: 'write a different user' },
      ])
    }
    byKey.set(keyOf(server.config), server)
  }
  return (login) => {
    // A connection contains the options it was created with, but mysql2's types don't show them.
    const { config }: { config: Address } = Object(login.connection)
    return (byKey.get(keyOf(config)) ?? servers[0]).config.authPlugins.mysql_clear_password(login)
  }
}

type Stream = IamMysql2Config['stream']

/** mysql2 passes the connection's options to the hook that creates its socket. */
function dial(servers: Servers<IamMysql2Config>): Stream {
  const byKey = new Map<string, IamMysql2Config>(servers.map(({ config }) => [keyOf(config), config]))
  return (login) => {
    // If none of them is for the server, any of them refuses to connect.
    const { ssl, stream } = byKey.get(keyOf(login.config)) ?? servers[0].config
    login.config.ssl = ssl
    return stream(login)
  }
}
