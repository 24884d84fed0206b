// How clients connect: a URL, and the environment variables that the engine's own clients read.
import { printUrl, type Settings } from '@rds-iam/core/connect'

interface Address {
  readonly host: string
  readonly port: number
  /** Whether it is a Unix socket. `host` is then PostgreSQL's folder or MySQL's path. */
  readonly socket: boolean
  readonly password: string | undefined
}

/** How to connect to the proxy as the target's user, to its database. */
export function urlOf({ endpoint, params }: Settings, { host, port, socket, password }: Address): string {
  const { engine, user, database } = endpoint
  const query = new Map([...params].filter(([name]) => name !== 'sslnegotiation'))
  if (socket) query.set(engine === 'postgres' ? 'host' : 'socket', host)
  // libpq and others ask for TLS by default, and some drivers require it.
  if (engine === 'postgres') query.set('sslmode', 'disable')
  const [name, number] = socket ? ['localhost', port] : [reachable(host), port]
  return printUrl({
    engine,
    host: name,
    port: number,
    user,
    database,
    params: query,
    ...(password === undefined ? {} : { password }),
  })
}

export function environmentOf(settings: Settings, address: Address): Record<string, string> {
  const { engine, user, database } = settings.endpoint
  const { host, port, socket, password = '' } = address
  const url = { DATABASE_URL: urlOf(settings, address) }
  if (engine === 'postgres') {
    return {
      ...url,
      PGHOST: socket ? host : reachable(host),
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGSSLMODE: 'disable',
      ...(database === undefined ? {} : { PGDATABASE: database }),
    }
  }
  return {
    ...url,
    MYSQL_HOST: socket ? 'localhost' : reachable(host),
    MYSQL_TCP_PORT: String(port),
    MYSQL_USER: user,
    MYSQL_PWD: password,
    ...(socket ? { MYSQL_UNIX_PORT: host } : {}),
    ...(database === undefined ? {} : { MYSQL_DATABASE: database }),
  }
}

/** Clients can't connect to the wildcard address. */
function reachable(host: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
}
