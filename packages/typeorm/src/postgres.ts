// TypeORM on pg: each server's credentials carry a password function of their own.
import { Socket } from 'node:net'
import { type IamPgConfig, iamPgConfig } from '@rds-iam/core/pg'
import type { IamPostgresOptions, PostgresOptions } from './options.ts'
import { readServers, type Server } from './servers.ts'

type Credentials = NonNullable<PostgresOptions['replication']>['master']

export function postgresOptions(options: IamPostgresOptions): PostgresOptions {
  const { iam: _iam, url: _url, ssl: _ssl, replication, extra, ...passed } = options
  const [first, ...others] = readServers(options, 'postgres', (target) =>
    iamPgConfig({ ...extra, ...target }),
  )
  const { host, port, user, database, password, ssl, stream, ...rest } = first.config
  // TypeORM lays `extra` over what it hands to pg, for all servers alike.
  const shared = {
    ...passed,
    extra: { ...rest, ...(extra?.stream && { stream }), ...routes([first, ...others]) },
  }
  if (!replication) return { ...shared, ...credentials(first) }
  return {
    ...shared,
    replication: { ...replication, master: credentials(first), slaves: others.map(credentials) },
  }
}

function credentials({ config, options }: Server<IamPgConfig>): Credentials {
  const { applicationName } = options
  const { host, port, user, database, password, ssl } = config
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

/** pg makes the socket before it knows the server, and tells it host and port when it is to connect. */
function routes(servers: readonly Server<IamPgConfig>[]): { stream?: () => Socket } {
  const vias = new Map(
    servers.flatMap(({ config, via }) => (via ? [[`${config.host}:${config.port}`, via]] : [])),
  )
  if (vias.size === 0) return {}
  return {
    stream: () => {
      const socket = new Socket()
      const connect = socket.connect.bind(socket)
      const routed = (port: number, host: string): Socket =>
        connect(vias.get(`${host}:${port}`) ?? { host, port })
      return Object.assign(socket, { connect: routed })
    },
  }
}
