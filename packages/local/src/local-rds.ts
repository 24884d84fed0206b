// Puts a local RDS together: certificates, a real server, and the gate before it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { AwsKey, Rules } from './admission.ts'
import { type Authority, createAuthority } from './certificates.ts'
import type { Backend } from './gate/backend.ts'
import { type Gate, openGate } from './gate/gate.ts'
import { mysqlDoorkeeper } from './gate/mysql.ts'
import { postgresDoorkeeper } from './gate/postgres.ts'
import type { LocalEndpoint, LocalRdsOptions, Settings } from './options.ts'
import { createPrivateFolder } from './private-folder.ts'
import { startMysql } from './servers/mysql.ts'
import { startPostgres } from './servers/postgres.ts'
import type { Server } from './servers/server.ts'
import { completeOptions } from './settings.ts'
import { reachUpstream } from './upstream.ts'
import type { Verdict } from './verdict.ts'
import { createVerdictLog } from './verdict-log.ts'

/** A local RDS that runs. */
export interface LocalRds extends AsyncDisposable {
  /** As asked for: `'mysql'` stands for MySQL and MariaDB. */
  readonly engine: 'postgres' | 'mysql'
  /** `postgres://` or `mysql://`, first user, the endpoint's host and port, database; no password. */
  readonly url: string
  /** The address listened on. */
  readonly host: string
  /** The port listened on. */
  readonly port: number
  /** What tokens must be signed for. */
  readonly region: string
  /** What tokens must be signed for. */
  readonly endpoint: Readonly<Required<LocalEndpoint>>
  /** The certificate authority for clients to trust, PEM. */
  readonly ca: string
  /** A file with {@link LocalRds.ca}; {@link LocalRds.stop} removes it. */
  readonly caFile: string
  /**
   * What a program needs in its environment to connect without any argument: `DATABASE_URL`, `AWS_REGION`,
   * `NODE_EXTRA_CA_CERTS`, the first key, and `RDS_IAM_VIA` if `endpoint` is not what is listened on; else that is
   * empty. So are `AWS_PROFILE`, and `AWS_SESSION_TOKEN` if the key has none: the developer's own do not count.
   * There is no key in it when `keys` is a function.
   */
  readonly env: Record<string, string>
  /** Of the real server, as `18.4` or `10.11.18-MariaDB-0+deb12u1`. */
  readonly serverVersion: string
  /** The newest 1000 verdicts, oldest first; the list goes on growing. */
  readonly verdicts: readonly Verdict[]
  /** Closes all connections, stops the server if it was started here, removes its folders. May be called twice. */
  stop(): Promise<void>
}

/**
 * Starts a local RDS: a real PostgreSQL or MySQL behind a gate that admits IAM tokens only, over TLS, and refuses
 * as RDS refuses.
 *
 * Rejects with a `LocalRdsError`: `ERR_RDS_IAM_LOCAL_OPTIONS` for bad options, `ERR_RDS_IAM_LOCAL_NO_SERVER` when
 * there is no server program, `ERR_RDS_IAM_LOCAL_SERVER` when it does not start, `ERR_RDS_IAM_LOCAL_UPSTREAM` when
 * `upstream` can't be logged in to, `ERR_RDS_IAM_LOCAL_LISTEN` when the port is taken.
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
    await stop()
    throw error
  }
}

/** The last thing done first: the gate closes before the server goes, and leaves no client waiting for it. */
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
  const folder = await createPrivateFolder()
  undo.push(folder.remove)
  const caFile = join(folder.path, 'ca.pem')
  const starting = startServer(settings, folder.path)
  // Its failure is met below; until then it must not count as one that nobody meets.
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
    doorkeeper: doorkeeper(settings, context, rules, server),
    record: log.record,
  })
  undo.push(gate.close)
  // Known only now; nobody can have come so far as to be judged by it.
  if (settings.endpoint.port === undefined) rules.endpoint.port = gate.port
  const { host, port } = rules.endpoint
  const url = `${settings.engine}://${encodeURIComponent(settings.users[0])}@${host}:${port}/${encodeURIComponent(settings.database)}`
  return {
    engine: settings.engine,
    url,
    host: gate.host,
    port: gate.port,
    region: settings.region,
    endpoint: { ...rules.endpoint },
    ca: authority.pem,
    caFile,
    env: environment(settings, { url, caFile, via: viaOf(gate, rules.endpoint) }),
    serverVersion: server.version,
    verdicts: log.verdicts,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function startServer(settings: Settings, folder: string): Promise<Server> {
  const { engine, upstream, users, database } = settings
  if (upstream) return reachUpstream(upstream, settings)
  const wanted = { users, database, alsoRemove: [folder] }
  return engine === 'postgres' ? startPostgres(wanted) : startMysql(wanted)
}

async function secureContext(authority: Authority, host: string): Promise<SecureContext> {
  const { cert, key } = await authority.issue({ names: [host, 'localhost', '127.0.0.1', '::1'] })
  return createSecureContext({ cert, key })
}

function rulesOf({ endpoint, region, users, keys, now }: Settings): Rules {
  const findKey = (id: string): AwsKey | undefined => {
    if (typeof keys !== 'function') return keys.find(({ accessKeyId }) => accessKeyId === id)
    const key = keys(id)
    // For callers without a type checker: a promise would pass for a key, whose secret is another one.
    if (key instanceof Promise) throw new TypeError('`keys` returned a promise; return the key itself')
    return key
  }
  const time = (): number => {
    const ms = now()
    if (!Number.isFinite(ms)) throw new TypeError(`\`now\` returned ${ms}; return milliseconds`)
    return ms
  }
  return { endpoint: { host: endpoint.host, port: endpoint.port ?? 0 }, region, users, findKey, now: time }
}

function doorkeeper(settings: Settings, context: SecureContext, rules: Rules, server: Server) {
  const { engine, upstream, authSwitchData } = settings
  const backend: Backend = {
    host: server.host,
    port: server.port,
    account: (user) => ({ user: upstream?.user ?? user, password: server.password }),
  }
  return engine === 'postgres'
    ? postgresDoorkeeper(context, rules, backend)
    : mysqlDoorkeeper({ context, rules, backend, authSwitchData })
}

/** Where to dial, unless that is what the endpoint's own name and port lead to. */
function viaOf({ host, port }: Gate, endpoint: LocalRds['endpoint']): string {
  if (endpoint.port === port && (endpoint.host === 'localhost' || endpoint.host === host)) return ''
  const dialled = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return dialled.includes(':') ? `[${dialled}]:${port}` : `${dialled}:${port}`
}

function environment(
  { keys, region }: Settings,
  { url, caFile, via }: { url: string; caFile: string; via: string },
): Record<string, string> {
  const key: AwsKey | undefined = typeof keys === 'function' ? undefined : keys[0]
  return {
    DATABASE_URL: url,
    RDS_IAM_VIA: via,
    AWS_REGION: region,
    AWS_PROFILE: '',
    NODE_EXTRA_CA_CERTS: caFile,
    ...(key && {
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_SESSION_TOKEN: key.sessionToken ?? '',
    }),
  }
}
