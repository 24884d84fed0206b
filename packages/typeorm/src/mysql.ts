// TypeORM on mysql2: one set of options for all servers, so the plugin looks up whose connection it serves.
import { connect, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { optionsError } from '@rds-iam/core'
import { type IamMysql2Config, iamMysql2Config } from '@rds-iam/core/mysql2'
import type { IamMysqlOptions, MysqlOptions } from './options.ts'
import { readServers, type Server } from './servers.ts'

type Credentials = NonNullable<MysqlOptions['replication']>['master']
type Plugin = IamMysql2Config['authPlugins']['mysql_clear_password']

export function mysqlOptions(options: IamMysqlOptions): MysqlOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra, ...passed } = options
  const servers = readServers(options, 'mysql', (target) => iamMysql2Config({ ...extra, ...target }))
  const [first, ...others] = servers
  const { host, port, user, database, ssl, authPlugins, stream, ...rest } = first.config
  const shared = {
    // TypeORM 0.3 takes the package mysql for type 'mysql' if it finds it, which knows no authentication plugins.
    ...{ connectorPackage: 'mysql2' },
    ...passed,
    ssl: {
      ...ssl,
      ca: [...new Set(servers.flatMap(({ config }) => config.ssl.ca))],
      verifyIdentity: servers.every(({ config }) => config.ssl.verifyIdentity),
    },
    extra: {
      ...rest,
      authPlugins: { ...authPlugins, mysql_clear_password: dispatch(servers) },
      ...(extra?.stream && { stream }),
      ...routes(servers),
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
  const { host, port, user, database } = config
  return {
    ...(poolSize === undefined ? {} : { poolSize }),
    host,
    port,
    username: user,
    ...(database === undefined ? {} : { database }),
  }
}

type Address = Pick<IamMysql2Config, 'host' | 'port' | 'user'>

function keyOf({ host, port, user }: Address): string {
  return `${user}@${host}:${port}`
}

/** Calls the plugin of the server that a connection is for: its token is signed for no other. */
function dispatch(servers: readonly [Server<IamMysql2Config>, ...Server<IamMysql2Config>[]]): Plugin {
  const byKey = new Map<string, Server<IamMysql2Config>>()
  for (const [index, server] of servers.entries()) {
    const twin = byKey.get(keyOf(server.config))
    if (twin && !isDeepStrictEqual(twin.options.iam, server.options.iam)) {
      const message =
        'is a server and user that stand there already with another iam; write a user of its own'
      throw optionsError([{ option: `replication.slaves[${index - 1}]`, message }])
    }
    byKey.set(keyOf(server.config), server)
  }
  return (login) => {
    // mysql2's types lack it: every connection carries the options it was made with.
    const { config }: { config: Address } = Object(login.connection)
    return (byKey.get(keyOf(config)) ?? servers[0]).config.authPlugins.mysql_clear_password(login)
  }
}

function routes(servers: readonly Server<IamMysql2Config>[]): {
  stream?: (login: { config: Address }) => Socket
} {
  const vias = new Map(servers.flatMap(({ config, via }) => (via ? [[keyOf(config), via]] : [])))
  if (vias.size === 0) return {}
  return {
    stream: ({ config }) =>
      connect(vias.get(keyOf(config)) ?? config)
        .setNoDelay(true)
        .setKeepAlive(true),
  }
}
