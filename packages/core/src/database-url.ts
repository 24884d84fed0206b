// A database URL with a token in it, for tools that take nothing else.
import { isIP } from 'node:net'
import type { DialAddress, Endpoint } from './endpoint.ts'
import { Problems, shown } from './errors.ts'
import { routeOf } from './route.ts'
import { readSettings, type Settings } from './settings.ts'
import type { Engine, IamTarget } from './target.ts'
import type { TrustStore } from './tls.ts'
import { printUrl } from './url.ts'

/** Who reads the URL: each has names of its own for the parameters of TLS. */
export type UrlReader = 'prisma' | 'libpq' | 'mysql' | 'mysql2'

/** How `iamDatabaseUrl()` writes the URL. */
export interface DatabaseUrlOptions {
  /**
   * Who reads it. `'prisma'`: Prisma's engines and CLI. `'libpq'`: psql, pg_dump, and all else that is built on
   * PostgreSQL's own client library. `'mysql'`: MySQL Shell, and what shares its form. `'mysql2'`: the
   * driver of that name, for tools that hand it a URL, such as Drizzle Kit. Default: `'prisma'`.
   */
  readonly for?: UrlReader
}

interface Form {
  /** The engines that it can be written for. */
  readonly engines: readonly Engine[]
  /** The parameters from the target's own URL that are handed on to the reader. */
  readonly knows: ReadonlySet<string>
  /** The parameters that make it verify the server, by the certificates in `caFile`, which are `ca`. */
  tls(caFile: string, skip: boolean, engine: Engine, ca: readonly string[]): Readonly<Record<string, string>>
  /** Whether it can say to dial another address than the one that is verified. */
  readonly dialsElsewhere?: true
  /** The engine for which it reads the first certificate of a file, or fails if there are several. */
  readonly readsOneRoot?: Engine
}

const FORMS: Readonly<Record<UrlReader, Form>> = {
  prisma: {
    engines: ['postgres', 'mysql'],
    // https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments, …/mysql#arguments
    knows: new Set([
      'application_name',
      'channel_binding',
      'connect_timeout',
      'connection_limit',
      'max_connection_lifetime',
      'max_idle_connection_lifetime',
      'options',
      'pgbouncer',
      'pool_timeout',
      'schema',
      'single_use_connections',
      'socket_timeout',
      'statement_cache_size',
    ]),
    tls: (sslcert, skip, engine) => ({
      ...(engine === 'postgres' ? { sslmode: 'require' } : {}),
      sslcert,
      sslaccept: skip ? 'accept_invalid_certs' : 'strict',
    }),
    // https://github.com/prisma/prisma-engines: quaint/src/connector/postgres/native/mod.rs, Certificate::from_pem
    readsOneRoot: 'postgres',
  },
  libpq: {
    engines: ['postgres'],
    // https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    knows: new Set([
      'application_name',
      'client_encoding',
      'connect_timeout',
      'fallback_application_name',
      'keepalives',
      'keepalives_count',
      'keepalives_idle',
      'keepalives_interval',
      'load_balance_hosts',
      'options',
      'replication',
      'sslnegotiation',
      'target_session_attrs',
      'tcp_user_timeout',
    ]),
    // With a root file at hand, libpq takes `require` for `verify-ca`.
    tls: (sslrootcert, skip): Record<string, string> =>
      skip ? { sslmode: 'require' } : { sslmode: 'verify-full', sslrootcert },
    dialsElsewhere: true,
  },
  mysql: {
    engines: ['mysql'],
    // https://dev.mysql.com/doc/refman/8.4/en/connecting-using-uri-or-key-value-pairs.html
    knows: new Set(['auth-method', 'charset', 'compression', 'connect-timeout']),
    tls: (caFile, skip): Record<string, string> =>
      skip ? { 'ssl-mode': 'REQUIRED' } : { 'ssl-mode': 'VERIFY_IDENTITY', 'ssl-ca': caFile },
  },
  mysql2: {
    engines: ['mysql'],
    knows: new Set(['charset', 'compress', 'connectTimeout', 'multipleStatements', 'timezone']),
    // It reads parameters as JSON, takes no path, and since 3.22 wants to be told that a password may be sent as it is.
    tls: (_caFile, skip, _engine, ca): Record<string, string> => ({
      ssl: JSON.stringify(skip ? { rejectUnauthorized: false } : { ca: ca.join('\n'), verifyIdentity: true }),
      enableCleartextPlugin: 'true',
    }),
  },
}

/** Parameters that one reader or driver knows, and that are left out for another. */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.values(FORMS).flatMap(({ knows }) => [...knows]),
  'max', // pg's, as all of these
  'statement_timeout',
  'lock_timeout',
  'query_timeout',
  'idle_in_transaction_session_timeout',
])

/**
 * A database URL with a fresh token as its password, and parameters that make its reader verify the server's
 * certificate and name. It is good for connections opened in the next 15 minutes at most: use it for one run of
 * a command, never in a service. The certificates are written with mode 0600 to a folder that is the user's
 * alone.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, or why no token could be signed
 * @example
 * ```ts
 * import { iamDatabaseUrl } from '@rds-iam/core'
 *
 * const target = { host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com', port: 5432, user: 'jane_doe' }
 * const url = await iamDatabaseUrl(target, { for: 'libpq' }) // for an environment: ps shows arguments
 * ```
 */
export async function iamDatabaseUrl(
  target: IamTarget = {},
  options: DatabaseUrlOptions = {},
): Promise<string> {
  const settings = readSettings(target)
  const { trust, skipVerification } = settings
  const form = readForm(settings, options)
  const route = routeOf(settings)
  await route.settle()
  const { endpoint, source } = route
  const [token, caFile, elsewhere] = await Promise.all([
    source.get(),
    fileOf(trust, endpoint, form),
    addressOf(endpoint.via),
  ])

  const params = new Map([...settings.params].filter(([name]) => form.knows.has(name)))
  if (elsewhere) params.set('hostaddr', elsewhere.hostaddr)
  for (const [name, value] of Object.entries(form.tls(caFile, skipVerification, endpoint.engine, trust.ca))) {
    params.set(name, value)
  }
  return printUrl({ ...endpoint, port: elsewhere?.port ?? endpoint.port, password: token, params })
}

async function fileOf(trust: TrustStore, endpoint: Endpoint, { readsOneRoot }: Form): Promise<string> {
  const [{ writeCaFile }, { rootOfServer }] = await Promise.all([
    import('./ca-file.ts'),
    import('./server-root.ts'),
  ])
  return writeCaFile(endpoint.engine === readsOneRoot ? [await rootOfServer(endpoint, trust)] : trust.ca)
}

function readForm({ endpoint, params }: Settings, { for: reader = 'prisma' }: DatabaseUrlOptions): Form {
  const form = Object.hasOwn(FORMS, reader) ? FORMS[reader] : undefined
  const problems = new Problems()
  if (!form) {
    problems.add('for', `${shown(reader)} is not known; write 'prisma', 'libpq', 'mysql' or 'mysql2'`)
    throw problems.toError()
  }
  const { engine, via } = endpoint
  if (!form.engines.includes(engine))
    problems.add('for', `${shown(reader)} can't go together with engine ${shown(engine)}; write 'prisma'`)
  if (via && !form.dialsElsewhere)
    problems.add(
      'via',
      "can't be written into this URL: its host is both dialled and verified; dial the endpoint itself",
    )
  else if (via && 'path' in via)
    problems.add(
      'via',
      `${shown(via.path)} can't be used: libpq speaks no TLS over a Unix socket; write 'host:port'`,
    )
  for (const name of params.keys()) {
    if (!KNOWN.has(name)) problems.add(`${name} (from the URL)`, `is not known to ${reader}; remove it`)
  }
  if (problems.any) throw problems.toError()
  return form
}

/** libpq takes `hostaddr` as an address only: a name there is an error. */
async function addressOf(
  via: DialAddress | undefined,
): Promise<{ hostaddr: string; port: number } | undefined> {
  if (!via || 'path' in via) return undefined
  const { host, port } = via
  if (isIP(host) !== 0) return { hostaddr: host, port }
  const { promises: dns } = await import('node:dns')
  return { hostaddr: (await dns.lookup(host)).address, port }
}
