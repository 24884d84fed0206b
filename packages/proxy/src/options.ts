// The options of startProxy(). All problems with them become one error.
import { isIP } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { DEFAULT_PORTS, type IamTarget, optionsError, type Problem, RdsIamError } from '@rds-iam/core'
import {
  Problems,
  readOptions as readObject,
  readSettings,
  type Settings,
  shown,
} from '@rds-iam/core/connect'
import type { ProxyConnection, ProxyRejection } from './events.ts'

/** How {@link startProxy} listens, and who may log in. */
export interface ProxyOptions {
  /** The loopback address to listen on. Default: `127.0.0.1`. */
  host?: string | undefined
  /** The port to listen on. With `socket`, the number in the name of PostgreSQL's socket. Default: a free one. */
  port?: number | undefined
  /**
   * A Unix socket to listen on instead: for PostgreSQL the folder in which `.s.PGSQL.5432` is created, for MySQL the
   * path of the socket. Only this user can connect, without a password. Not supported on Windows.
   */
  socket?: string | undefined
  /**
   * The local password for clients: 8 or more printable ASCII characters. It is valid only for this proxy. Default: a
   * new random one at each start; none with `socket`.
   */
  password?: string | undefined
  /** Other database users that clients may log in as. Each gets its own tokens. Default: none. */
  users?: readonly string[] | undefined
  /** The maximum number of sessions at a time. Default: only the server's limit. */
  maxConnections?: number | undefined
  /** Called when a client has logged in. It never receives a secret. */
  onConnection?: ((connection: ProxyConnection) => void) | undefined
  /** Called when a client was rejected. It never receives a secret. */
  onRejected?: ((rejection: ProxyRejection) => void) | undefined
  /** Lets the process end while the proxy runs. Default: false. */
  unref?: boolean | undefined
  /**
   * Allows a `host` that other machines can reach. Statements and results then cross the network in clear text, and only
   * the local password keeps others out. Default: false.
   */
  dangerouslyListenOnNetwork?: boolean | undefined
}

/** The target and the options, checked and with defaults. */
export interface ProxySettings {
  readonly target: Settings
  /** The target's user comes first. */
  readonly users: readonly string[]
  readonly listen: Listen
  /** Undefined for a random one, or for none on a socket. */
  readonly password: string | undefined
  readonly maxConnections: number
  readonly onConnection: ProxyOptions['onConnection']
  readonly onRejected: ProxyOptions['onRejected']
  readonly unref: boolean
}

export type Listen = { readonly host: string; readonly port: number } | SocketPath

/** PostgreSQL's clients use `folder` as their host. MySQL's clients use `path`. */
export interface SocketPath {
  readonly path: string
  readonly folder: string | undefined
  readonly port: number
}

/** Not `in`, because a polluted `Object.prototype` could add a `path`, for which clients need no password. */
export function isSocket(where: Listen): where is SocketPath {
  return Object.hasOwn(where, 'path')
}

/** How `stop()` ends a proxy. */
export interface ProxyStopOptions {
  /** How long open sessions may continue, in milliseconds. Default: 0. */
  drainMs?: number | undefined
}

/** Node.js fires a timer with a longer delay at once. */
const LONGEST_MS = 2 ** 31 - 1

export function readDrainMs(options: ProxyStopOptions): number {
  const problems = new Problems()
  const { drainMs = 0 } = readObject(options, 'options', '{ drainMs: 10_000 }', problems)
  if (typeof drainMs !== 'number' || !(drainMs >= 0))
    problems.add({
      option: 'drainMs',
      seen: `${shown(drainMs)} is not a time`,
      instead: 'write milliseconds',
    })
  if (problems.any) throw problems.toError()
  return Math.min(drainMs, LONGEST_MS)
}

type Engine = Settings['endpoint']['engine']

/** Reads the target and the options. Throws one error that names everything wrong with either. */
export function readOptions(target: IamTarget, options: ProxyOptions): ProxySettings {
  const found: Problem[] = []
  const settings = readTarget(target, found)
  const problems = new Problems()
  const own: ProxyOptions = readObject(options, 'options', '{ port: 5433 }', problems)
  const listen = readListen(own, settings?.endpoint.engine, problems)
  const password = readPassword(own.password, problems)
  const users = readUsers(own.users, problems)
  const maxConnections = readLimit(own.maxConnections, problems)
  checkTypes(own, problems)
  if (problems.any) found.push(...problems.toError().problems)
  if (found.length > 0 || !settings || !listen) throw optionsError(found)
  return {
    target: settings,
    users: [...new Set([settings.endpoint.user, ...users])],
    listen,
    password,
    maxConnections,
    onConnection: own.onConnection,
    onRejected: own.onRejected,
    unref: own.unref === true,
  }
}

function readTarget(target: IamTarget, found: Problem[]): Settings | undefined {
  try {
    return readSettings(target)
  } catch (error) {
    if (!(error instanceof RdsIamError) || error.problems.length === 0) throw error
    found.push(...error.problems)
    return undefined
  }
}

const UNKNOWN = { seen: 'is not an option', instead: 'remove it' }

/** The type of each option that has no separate check below. */
const TYPES: { readonly [name in keyof Required<ProxyOptions>]: 'boolean' | 'function' | undefined } = {
  host: undefined,
  port: undefined,
  socket: undefined,
  password: undefined,
  users: undefined,
  maxConnections: undefined,
  onConnection: 'function',
  onRejected: 'function',
  unref: 'boolean',
  dangerouslyListenOnNetwork: 'boolean',
}

function checkTypes(options: ProxyOptions, problems: Problems): void {
  const types: Readonly<Record<string, string | undefined>> = TYPES
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(types, option)) problems.add({ option, ...UNKNOWN })
    const type = types[option]
    if (type === undefined || typeof value === type) continue
    problems.add({
      option,
      seen: `${shown(value)} is not a ${type}`,
      instead: type === 'boolean' ? 'write true or false' : 'write a function',
    })
  }
}

function readListen(
  options: ProxyOptions,
  engine: Engine | undefined,
  problems: Problems,
): Listen | undefined {
  const { host = '127.0.0.1', port, socket, dangerouslyListenOnNetwork } = options
  const [seenHost, seenPort]: unknown[] = [host, port]
  if (port !== undefined && !(Number.isInteger(seenPort) && port >= 0 && port <= 65_535)) {
    problems.add({
      option: 'port',
      seen: `${shown(seenPort)} is out of range`,
      instead: 'write a whole number from 1 to 65535, or 0 for a free port',
    })
    return undefined
  }
  if (socket !== undefined) return readSocket(options, engine, problems)
  if (typeof seenHost !== 'string' || seenHost === '') {
    const seen = `${shown(seenHost)} is not an address`
    return problems.add({ option: 'host', seen, instead: 'write a loopback address, such as 127.0.0.1' })
  }
  if (!isLoopback(host) && dangerouslyListenOnNetwork !== true) {
    return problems.add({
      option: 'host',
      seen: `${shown(host)} can be reached from other machines`,
      instead: [
        'leave it out to listen on loopback, or write ',
        { option: 'dangerouslyListenOnNetwork', value: true },
      ],
    })
  }
  return { host, port: port ?? 0 }
}

function readSocket(
  { host, port, socket }: ProxyOptions,
  engine: Engine | undefined,
  problems: Problems,
): SocketPath | undefined {
  const conflict = {
    seen: ['conflicts with ', { option: 'socket' }],
    instead: 'leave out one of the two',
  } as const
  if (host !== undefined) problems.add({ option: 'host', ...conflict })
  if (port !== undefined && engine === 'mysql') problems.add({ option: 'port', ...conflict })
  if (process.platform === 'win32') {
    const instead = 'leave it out to listen on 127.0.0.1'
    return problems.add({ option: 'socket', seen: 'is not supported on Windows', instead })
  }
  if (typeof socket !== 'string' || !isAbsolute(socket) || socket.includes('\0')) {
    const seen = `${shown(socket)} is not an absolute path`
    return problems.add({ option: 'socket', seen, instead: 'write an absolute path' })
  }
  const number = port || DEFAULT_PORTS[engine ?? 'postgres']
  const folder = engine === 'mysql' ? undefined : socket
  const path = folder === undefined ? socket : join(folder, `.s.PGSQL.${number}`)
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    const seen = `${shown(path)} is longer than ${LONGEST_PATH} bytes, the limit for the path of a socket`
    return problems.add({ option: 'socket', seen, instead: 'write a shorter path' })
  }
  return { path, folder, port: number }
}

/** macOS allows 103 bytes, Linux 107. The temporary folder that the socket is created in needs some of them. */
const LONGEST_PATH = 90

function readPassword(password: unknown, problems: Problems): string | undefined {
  if (password === undefined) return undefined
  // Don't show the value, which may be a secret.
  if (typeof password === 'string' && /^[!-~]{8,}$/.test(password)) return password
  return problems.add({
    option: 'password',
    seen: 'is not 8 or more printable ASCII characters without spaces',
    instead: 'write such a password, or leave it out to get a random one',
  })
}

function readUsers(users: unknown, problems: Problems): string[] {
  if (users === undefined) return []
  const seen = `${shown(users)} is not a list of names`
  const instead = "write a list of database users, such as ['jane_doe']"
  if (!Array.isArray(users)) return problems.add({ option: 'users', seen, instead }) ?? []
  const all: unknown[] = users
  return all.filter((user, index): user is string => {
    const valid = typeof user === 'string' && user !== '' && !user.includes('\0') && user.isWellFormed()
    if (!valid) {
      const found = `${shown(user)} is not the name of a database user`
      problems.add({ option: `users[${index}]`, seen: found, instead: 'write one' })
    }
    return valid
  })
}

function readLimit(limit: unknown, problems: Problems): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (typeof limit === 'number' && Number.isInteger(limit) && limit > 0) return limit
  const seen = `${shown(limit)} is not a number of sessions`
  problems.add({ option: 'maxConnections', seen, instead: 'write a whole number from 1' })
  return 0
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
