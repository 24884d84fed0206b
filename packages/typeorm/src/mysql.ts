// TypeORM on mysql2: one set of options for all servers, so the plugin looks up whose connection it serves.
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { optionsError } from '@rds-iam/core'
import { type IamMysql2Config, iamMysql2Config } from '@rds-iam/core/mysql2'
import type { IamMysqlOptions, MysqlOptions } from './options.ts'
import { readServers, refuseParameters, type Server } from './servers.ts'

type Credentials = NonNullable<MysqlOptions['replication']>['master']
type Plugin = IamMysql2Config['authPlugins']['mysql_clear_password']

export function mysqlOptions(options: IamMysqlOptions): MysqlOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra, ...passed } = options
  const servers = readServers(options, 'mysql', (target) => iamMysql2Config({ ...extra, ...target }))
  const [first, ...others] = servers
  const { host, port, user, database, ssl: _tls, authPlugins, stream: _stream, ...rest } = first.config
  const shared = {
    // TypeORM 0.3 takes the package mysql for type 'mysql' if it finds it, which knows no authentication plugins.
    ...{ connectorPackage: 'mysql2' },
    ...passed,
    ssl: sharedTls(servers),
    extra: {
      ...rest,
      authPlugins: { ...authPlugins, mysql_clear_password: dispatch(servers) },
      stream: extra?.stream ?? dial(servers),
    },
  }
  if (!replication) return { ...shared, ...credentials(first) }
  refuseParameters(servers, extra, OWN)
  return {
    ...shared,
    replication: { ...replication, master: credentials(first), slaves: others.map(credentials) },
  }
}

/** All servers share one `ssl`: it trusts what any of them needs, and checks names if all can be checked so. */
function sharedTls(
  servers: readonly [Server<IamMysql2Config>, ...Server<IamMysql2Config>[]],
): IamMysql2Config['ssl'] {
  const [{ config }] = servers
  if (servers.length === 1) return config.ssl
  const ca = [...new Set(servers.flatMap((server) => server.config.ssl.ca))]
  const unnamed = servers.find((server) => !server.config.ssl.verifyIdentity)
  if (!unnamed) return { ...config.ssl, ca }
  // Names are checked before a token is sent then, which takes that mysql2 resumes no TLS sessions: see core.
  const { rejectUnauthorized, verifyIdentity } = unnamed.config.ssl
  return {
    get ca() {
      return [...ca]
    },
    rejectUnauthorized,
    verifyIdentity,
  }
}

const OWN = ['host', 'port', 'user', 'database', 'ssl', 'authPlugins', 'stream']

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

/** mysql2 tells the hook that makes its socket what the connection is made with. */
function dial(servers: readonly Server<IamMysql2Config>[]): (login: { config: Address }) => unknown {
  const byKey = new Map(servers.map(({ config }) => [keyOf(config), config.stream]))
  // Options that were changed since are mysql2's own affair.
  return (login) => byKey.get(keyOf(login.config))?.() ?? connect(login.config)
}
