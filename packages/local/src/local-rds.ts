// Assembles a local RDS: certificates, a real server, and the gate in front of it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Rules } from './admission/admission.ts'
import type { Verdict } from './admission/verdict.ts'
import { type Authority, createAuthority } from './certificates.ts'
import { environmentOf } from './environment.ts'
import { type LoginProtocol, openGate } from './gate/gate.ts'
import { mysqlLoginProtocol } from './gate/mysql-gate.ts'
import { postgresLoginProtocol } from './gate/postgres-gate.ts'
import type { RealServer } from './gate/real-server.ts'
import { createVerdictLog } from './gate/verdict-log.ts'
import { completeOptions } from './options/complete-options.ts'
import type { LocalRdsOptions, Settings } from './options/options.ts'
import { rulesOf } from './rules.ts'
import { startMysql } from './servers/mysql-server.ts'
import { startPostgres } from './servers/postgres-server.ts'
import type { Server } from './servers/server.ts'
import { type Supervisor, startSupervisor } from './servers/supervisor.ts'
import { reachUpstream } from './servers/upstream-server.ts'

/** A running local RDS. */
export interface LocalRds extends AsyncDisposable {
  /** The `engine` option. `'mysql'` means MySQL or MariaDB. */
  readonly engine: 'postgres' | 'mysql'
  /** A `postgres://` or `mysql://` URL: the first user, the endpoint's host and port, and the database; no password. */
  readonly url: string
  /** The listening address. */
  readonly host: string
  /** The listening port. */
  readonly port: number
  /** The region that tokens must be signed for. */
  readonly region: string
  /** The endpoint that tokens must be signed for. */
  readonly endpoint: {
    /** The host that tokens are signed for. */
    readonly host: string
    /** The port that tokens are signed for. */
    readonly port: number
  }
  /** The certificate authority that clients must trust, as PEM. */
  readonly ca: string
  /** A file that contains {@link LocalRds.ca}. {@link LocalRds.stop} removes it. */
  readonly caFile: string
  /**
   * The environment variables that let a program connect without any argument: `DATABASE_URL`, `AWS_REGION`,
   * `NODE_EXTRA_CA_CERTS`, and the first key. `RDS_IAM_VIA` is the address to connect to, or empty if that is the
   * endpoint's own. `AWS_PROFILE` is empty, and so is `AWS_SESSION_TOKEN` if the key has none, so that your own values
   * have no effect. If `keys` is a function, no key is included.
   */
  readonly env: Record<string, string>
  /** The real server's version, such as `18.4` or `10.11.18-MariaDB-0+deb12u1`. */
  readonly serverVersion: string
  /**
   * The newest 1,000 verdicts, oldest first. The list is live: each login adds a verdict, and beyond 1,000 the oldest
   * one is removed. To find the verdicts after a certain login, compare {@link Verdict.number}, not positions.
   */
  readonly verdicts: readonly Verdict[]
  /** Closes all connections, stops the server if it was started here, and removes its folders. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts a local RDS: a real PostgreSQL or MySQL behind a gate that accepts only IAM tokens over TLS, and refuses
 * logins as RDS does.
 *
 * Rejects with a `LocalRdsError`: `ERR_RDS_IAM_LOCAL_OPTIONS` if options are wrong, `ERR_RDS_IAM_LOCAL_NO_SERVER` if
 * no server is installed, `ERR_RDS_IAM_LOCAL_SERVER` if it doesn't start, `ERR_RDS_IAM_LOCAL_UPSTREAM` if the login
 * at `upstream` fails, `ERR_RDS_IAM_LOCAL_LISTEN` if the port is taken.
 *
 * @example
 * ```ts
 * import { startLocalRds } from '@rds-iam/local'
 *
 * const local = await startLocalRds({ engine: 'postgres', users: ['jane_doe'] })
 * Object.assign(process.env, local.env)
 * // … connect to local.url with a token, then:
 * console.log(local.verdicts.at(-1)?.detail)
 * await local.stop()
 * ```
 */
export async function startLocalRds(options: LocalRdsOptions): Promise<LocalRds> {
  const settings = completeOptions(options)
  const undo: (() => Promise<void>)[] = []
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= undoAll(undo)
    return stopped
  }
  try {
    return await start(settings, undo, stop)
  } catch (error) {
    // Report the first failure, not a folder that can't be removed.
    await stop().catch(() => {})
    throw error
  }
}

/** In reverse order: the gate closes before the server stops, so that no client waits for the server. */
async function undoAll(steps: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps.reverse()) await step().catch((error: unknown) => errors.push(error))
  if (errors.length > 0) throw errors[0]
}

async function start(
  settings: Settings,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<LocalRds> {
  const supervisor = startSupervisor()
  undo.push(supervisor.stop)
  const caFile = join(await supervisor.createFolder('rds-iam-local'), 'ca.pem')
  const starting = startServer(settings, supervisor)
  // A failure is handled below. Until then, don't let it count as an unhandled rejection.
  starting.catch(() => {})
  undo.push(() => starting.then((server) => server.stop()).catch(() => {}))
  const authority = await createAuthority()
  await writeFile(caFile, authority.pem, { mode: 0o600 })
  const context = await secureContext(authority, settings.endpoint.host)
  const server = await starting
  const rules = rulesOf(settings)
  const log = createVerdictLog(rules.now, settings.onVerdict)
  const gate = await openGate({
    ...settings,
    protocol: loginProtocol(settings, context, rules, server),
    record: log.record,
  })
  undo.push(gate.close)
  // The port is known only now. No client can have sent a token yet.
  if (settings.endpoint.port === undefined) rules.endpoint.port = gate.port
  const env = environmentOf(settings, { endpoint: rules.endpoint, listening: gate, caFile })
  return {
    engine: settings.engine,
    url: env.DATABASE_URL,
    host: gate.host,
    port: gate.port,
    region: settings.region,
    endpoint: { ...rules.endpoint },
    ca: authority.pem,
    caFile,
    env,
    serverVersion: server.version,
    verdicts: log.verdicts,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function startServer(settings: Settings, supervisor: Supervisor): Promise<Server> {
  const { engine, upstream, users, database } = settings
  if (upstream) return reachUpstream(upstream, settings)
  const wanted = { users, database }
  return engine === 'postgres' ? startPostgres(wanted, supervisor) : startMysql(wanted, supervisor)
}

async function secureContext(authority: Authority, host: string): Promise<SecureContext> {
  const { cert, key } = await authority.issue({ names: [host, 'localhost', '127.0.0.1', '::1'] })
  return createSecureContext({ cert, key })
}

function loginProtocol(
  { engine, upstream, authSwitchData }: Settings,
  context: SecureContext,
  rules: Rules,
  { host, port, password }: Server,
): LoginProtocol {
  const account = (user: string) => ({ user: upstream?.user ?? user, password })
  const realServer: RealServer = { host, port, account }
  return engine === 'postgres'
    ? postgresLoginProtocol(context, rules, realServer)
    : mysqlLoginProtocol({ context, rules, realServer, authSwitchData })
}
