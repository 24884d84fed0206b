// Where clients look for a database: their environment variables, out of one URL.
import type { Engine } from '@rds-iam/core'

/** What a URL with a token in it gives access to. */
export interface Access {
  readonly url: string
  readonly engine: Engine
  readonly host: string
  readonly port: string
  readonly user: string
  readonly database: string | undefined
  readonly token: string
  readonly caFile: string | undefined
  /** The address to dial, where that is not `host`; libpq's alone. */
  readonly hostaddr: string | undefined
}

export function accessOf(href: string): Access {
  const url = new URL(href)
  const { searchParams } = url
  return {
    url: href,
    engine: url.protocol === 'mysql:' ? 'mysql' : 'postgres',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port,
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)) || undefined,
    token: decodeURIComponent(url.password),
    // In the words of libpq, of MySQL, and of Prisma.
    caFile:
      ['sslrootcert', 'ssl-ca', 'sslcert'].map((name) => searchParams.get(name)).find(Boolean) ?? undefined,
    hostaddr: searchParams.get('hostaddr') ?? undefined,
  }
}

/** The environment, with what the engine's clients read; what would lead them elsewhere is taken out. */
export function environmentFor(access: Access, inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const changes = access.engine === 'mysql' ? forMysql(access) : forPostgres(access)
  return { ...inherited, DATABASE_URL: access.url, ...changes }
}

// https://www.postgresql.org/docs/current/libpq-envars.html
function forPostgres({ host, port, user, database, token, caFile, hostaddr }: Access): NodeJS.ProcessEnv {
  return {
    PGHOST: host,
    PGHOSTADDR: hostaddr,
    PGPORT: port,
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: token,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: caFile,
    PGSERVICE: undefined, // a service's settings win over the environment
  }
}

// https://dev.mysql.com/doc/refman/8.4/en/environment-variables.html. No MYSQL_PWD: "should not be used".
function forMysql({ host, port, user, database }: Access): NodeJS.ProcessEnv {
  return {
    MYSQL_HOST: host,
    MYSQL_TCP_PORT: port,
    MYSQL_USER: user,
    MYSQL_DATABASE: database,
    MYSQL_PWD: undefined,
    LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN: '1',
  }
}
