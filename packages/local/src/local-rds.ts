// Puts a local RDS together: certificates, a real server, and the gate in front of it.
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
  /** The engine that was asked for: `'mysql'` stands for MySQL and MariaDB. */
  readonly engine: 'postgres' | 'mysql'
  /** `postgres://` or `mysql://`, with the first user, the endpoint's host and port, and the database; no password. */
  readonly url: string
  /** The address listened on. */
  readonly host: string
  /** The port listened on. */
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
  /** The certificate authority for clients to trust, PEM. */
  readonly ca: string
  /** A file with {@link LocalRds.ca}; {@link LocalRds.stop} removes it. */
  readonly caFile: string
  /**
   * The environment in which a program connects without any argument: `DATABASE_URL`, `AWS_REGION`,
   * `NODE_EXTRA_CA_CERTS`, and the first key. `RDS_IAM_VIA` is the address to dial if that is not the endpoint's own,
   * else empty. `AWS_PROFILE` is empty, and so is `AWS_SESSION_TOKEN` if the key has none, so that your own have no
   * effect. If `keys` is a function, there is no key in it.
   */
  readonly env: Record<string, string>
  /** The real server's version, such as `18.4` or `10.11.18-MariaDB-0+deb12u1`. */
  readonly serverVersion: string
  /**
   * The newest 1,000 verdicts, oldest first. The list is live: a login adds its verdict, and beyond 1,000 the oldest
   * one is dropped. To find what came after a certain login, compare {@link Verdict.number}, not positions.
   */
  readonly verdicts: readonly Verdict[]
  /** Closes all connections, stops the server if it was started here, and removes its folders. May be called twice. */
  stop(): Promise<void>
}

/**
 * Starts a local RDS: a real PostgreSQL or MySQL behind a gate that accepts only IAM tokens over TLS, and refuses
 * logins as RDS does.
 *
 * Rejects with a `LocalRdsError`: `ERR_RDS_IAM_LOCAL_OPTIONS` if options are wrong, `ERR_RDS_IAM_LOCAL_NO_SERVER` if
 * there is no server program, `ERR_RDS_IAM_LOCAL_SERVER` if it does not start, `ERR_RDS_IAM_LOCAL_UPSTREAM` if
 * `upstream` can't be logged in to, `ERR_RDS_IAM_LOCAL_LISTEN` if the port is taken.
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
    // A folder that can't be removed is not why it failed.
    await stop().catch(() => {})
    throw error
  }
}

/** In reverse order: the gate closes before the server ends, so no client is left waiting for it. */
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
  // A failure is handled below. Until then it must not count as unhandled.
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
  // Known only now. No client can have got so far that its token is judged.
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
