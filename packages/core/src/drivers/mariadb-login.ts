// One login of mariadb: the hook that makes a connection's socket also sets what that connection logs in with.

import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, PeerCertificate } from 'node:tls'
import type { LoggerConfig, PoolConfig, StreamCallback } from 'mariadb'
import { explainRejection } from '../connect/login.ts'
import { type Asked, otherEndpoint } from '../connect/own-endpoint.ts'
import type { Route } from '../connect/route.ts'
import type { Settings } from '../connect/settings.ts'
import { otherLogin, withheld } from '../connect/verify.ts'
import { RdsIamError } from '../errors.ts'
import { nodeTls } from '../node-modules.ts'
import { optionsError } from '../problems.ts'
import { safeText } from '../safe-text.ts'
import type { Endpoint } from '../target/endpoint.ts'
import { type DialAddress, isSocket } from '../target/via.ts'
import type { LoginTokens } from '../token/token-source.ts'
import { isUnchanged, type TrustStore } from '../trust/trust-store.ts'
import { endIfReadOnly } from './mariadb-failover.ts'
import { dialledForOneGreeting } from './mariadb-socket.ts'

export type Stream = NonNullable<PoolConfig['stream']>

/** `failed` is called with the errors of the connection. mariadb passes only the callback. */
export type LoginStream = (callback: StreamCallback, failed?: (error: Error) => void) => void

/** The token is sent only to the plugin that RDS asks for. */
const TOKEN_AUTH: readonly string[] = ['mysql_clear_password']

/** Set on the options of a connection that has been dialled, and on their copies. */
const DIALLED = Symbol('dialled')

/** The options of one connection, which mariadb copies for it. */
interface ConnectionOwn extends Asked {
  ssl: ConnectionOptions | undefined
  logger: LoggerConfig
  [DIALLED]?: true
}

/** The state of a login. */
interface Login {
  stage: 'dialling' | 'shaking hands' | 'secure' | 'asked' | 'sent' | 'failed'
  /** Whether the server has yet to prove who it is. */
  readonly unverified: boolean
  /** The socket below TLS. */
  socket?: Duplex
  /** Why the server isn't trusted, if that is known. */
  distrusted?: string | undefined
  /** The token's endpoint and source, which are known once the connection is dialled. */
  endpoint: Endpoint
  source: LoginTokens
  /** The token that was sent. */
  token?: string
  readonly underWay: Set<Login>
  /** Whether the packet that is being written contains a token. */
  secret?: boolean
  /** Why the connection was ended. */
  ended?: Error
}

/**
 * The driver has no password function, but it calls `stream` once per connection, as a method of that
 * connection's own options (`this.opts.stream(callback)`, in 3.4 and 3.5), and waits for the callback.
 */
export function loginStream(
  route: Route,
  settings: Settings,
  tls: object,
  userStream: Stream | undefined,
): LoginStream {
  const { trust, skipVerification } = settings
  /** The logins that haven't sent their token yet. */
  const underWay = new Set<Login>()
  return function stream(this: unknown, callback: StreamCallback, failed?: (error: Error) => void): void {
    const own = this as ConnectionOwn // which the driver's own types don't show
    const { endpoint, source } = route
    const login: Login = { stage: 'dialling', unverified: !skipVerification, endpoint, source, underWay }
    own.logger = watching(own.logger, route, login, callback, failed)
    const { host, port, user, [DIALLED]: isCopy } = own
    // To kill a query, mariadb dials the address of the connection that runs it, with a copy of its options.
    const other = otherEndpoint(isCopy ? { port, user } : { host, port, user }, route.own)
    if (other) {
      callback(other)
      return
    }
    const goOn = (socket: Duplex): void => {
      login.socket = socket
      // After `connectTimeout`, mariadb has given up on the connection, which then doesn't take a socket.
      if (hasFailed(login)) socket.destroy()
      else callback(undefined, socket)
    }
    const dial = async (): Promise<void> => {
      const address = aimed(await route.settle(), isCopy && host !== route.own.host ? host : undefined)
      if (hasFailed(login)) return
      Object.assign(login, { endpoint: route.endpoint, source: route.source })
      underWay.add(login)
      prepare(own, login, isUnchanged(own.ssl, tls) ? trust : undefined)
      own[DIALLED] = true
      // Report a missing token before the server has to wait for it.
      const ready = login.source.get().then(() => {})
      if (!userStream) {
        goOn(dialledForOneGreeting(address, login.endpoint, ready))
        void trust.context // parsed while the connection is being opened
      }
      await ready
      if (hasFailed(login)) return
      userStream?.((error, given) => (error ? callback(error) : goOn(given ?? connect(address))))
    }
    dial().catch((error: Error) => callback(error))
  }
}

function hasFailed({ stage }: Login): boolean {
  return stage === 'failed'
}

function aimed(address: DialAddress, host: unknown): DialAddress {
  return typeof host === 'string' && !isSocket(address) ? { ...address, host } : address
}

/**
 * mariadb 3.4 completes TLS with any server that claims to be MariaDB, and then sends the password. So mariadb doesn't
 * have the token, and can't log in, until Node.js has verified the chain and asks for a check of the name. Node.js never
 * asks for another server.
 */
function prepare(own: ConnectionOwn, login: Login, trust: TrustStore | undefined): void {
  const { unverified, endpoint, source } = login
  const { ssl } = own
  if (unverified) login.distrusted = 'its certificate is not trusted'
  const verify = (_name: string, certificate: PeerCertificate): Error | undefined => {
    if (!unverified) return undefined
    const mismatch = nodeTls().checkServerIdentity(endpoint.host, certificate)
    login.distrusted = mismatch && `its certificate is for another server (${safeText(mismatch.message)})`
    if (mismatch) return mismatch
    if (login.stage === 'shaking hands') login.stage = 'secure' // 3.4 asks again after the login
    // If the token is dropped meanwhile, it is replaced before the server asks for it.
    source.get().catch(() => {})
    return undefined
  }
  // Both are read when TLS begins.
  own.ssl = {
    ...ssl,
    get secureContext() {
      return trust?.context ?? ssl?.secureContext
    },
    get checkServerIdentity() {
      if (login.stage === 'dialling') login.stage = 'shaking hands'
      return verify
    },
  }
  // Not enumerable, so that a copy of these options, which mariadb makes to kill a query, is prepared anew.
  Object.defineProperties(own, {
    password: {
      configurable: true,
      enumerable: false,
      get: () => passwordOf(login),
      set: () => refuseChange(endpoint),
    },
    restrictedAuth: { configurable: true, enumerable: false, get: () => allowedPlugins(login) },
  })
}

/** The plugins that the server may ask for: 3.5 looks at its greeting too, 3.4 at later demands only. */
function allowedPlugins(login: Login): readonly string[] | undefined {
  const { stage, unverified } = login
  if (stage === 'dialling') return undefined
  if (stage === 'shaking hands' && unverified) return []
  // After TLS, mariadb reads this when the server has asked for a plugin, before it answers.
  login.stage = 'asked'
  return TOKEN_AUTH
}

/** The token at the moment mariadb writes it: a login that waited must not send a token that was dropped. */
function passwordOf(login: Login): string {
  const { stage, unverified, endpoint, source, underWay } = login
  if (stage === 'dialling' || stage === 'failed' || (stage === 'shaking hands' && unverified)) return ''
  const token = source.current()
  if (stage === 'asked') {
    if (token === undefined) throw dropped(endpoint)
    login.stage = 'sent'
    underWay.delete(login)
  } else if (stage === 'shaking hands') login.stage = 'secure'
  // Before the server asks, mariadb only sends a hash of the password, so an empty one will do.
  if (token === undefined) return ''
  login.token = token
  login.secret = true
  queueMicrotask(() => {
    login.secret = false
  })
  return token
}

function dropped({ user, host, port }: Endpoint): RdsIamError {
  return new RdsIamError(
    'ERR_RDS_IAM_TOKEN_DROPPED',
    `The token for ${user} at ${host}:${port} was dropped while this login was under way, because another login ` +
      'with it was rejected. Log in again: the next token is being signed.',
  )
}

/** mariadb sets the password that changeUser() was called with before anything is sent. */
function refuseChange({ user }: Endpoint): never {
  const seen = 'changeUser() sends a password that is fixed, which an IAM login does not have'
  const instead = `open a connection for the other user, or call it without options to log in again as ${user}`
  throw optionsError([{ option: 'user', seen, instead }])
}

/** The logger sees a failed login or statement first, and nothing else sees it per connection. */
function watching(
  logger: LoggerConfig,
  route: Route,
  login: Login,
  callback: StreamCallback,
  failed: (error: Error) => void = () => {},
): LoggerConfig {
  const { network: own, ...others } = logger
  let network = own
  const watched: LoggerConfig = {
    ...others,
    error: (error) => {
      login.underWay.delete(login)
      explain(error, login)
      spareListeners(error, login, callback)
      if (login.stage === 'dialling' || login.stage === 'shaking hands') login.stage = 'failed'
      failed(error)
      try {
        logger.error?.(error)
      } finally {
        if (route.writer) endIfReadOnly(error, login)
      }
    },
  }
  // mariadb reads this for each packet that it logs, right after it has written it.
  return Object.defineProperty(watched, 'network', {
    enumerable: true,
    get: () => (login.secret && network ? logToken(network) : network),
    set: (other: Log) => {
      network = other
    },
  })
}

type Log = NonNullable<LoggerConfig['network']>

function logToken(network: Log): Log {
  return (packet) => network(`${packet.split('\n', 1)[0]} (the token in it is not shown)`)
}

function explain(error: Error, { distrusted, token, source, endpoint, underWay, ended }: Login): void {
  const plugin = refusedPlugin(error)
  if (ended && endsConnection(error)) {
    error.message = ended.message // of a statement that wasn't sent, such as ROLLBACK
  } else if (distrusted !== undefined) {
    if (plugin !== undefined || blamesTheServer(error)) error.message = withheld(endpoint, distrusted)
  } else if (plugin !== undefined) error.message = withheld(endpoint, otherLogin(plugin, endpoint.user))
  else if (token !== undefined && endsConnection(error)) {
    explainRejection(error, token, source)
    // The other logins can't wait for a token once the server asks for one, so sign the next one now.
    if (underWay.size > 0) source.get().catch(() => {})
  }
}

/** A denied statement may have the same number as a rejected login, but its connection stays open. */
function endsConnection(error: Error): boolean {
  const { fatal }: { fatal?: unknown } = Object(error)
  return fatal === true
}

/**
 * When a login fails, mariadb removes all listeners from its socket. If the server closed the connection during the TLS
 * handshake, the socket has yet to emit an error, which would find no listener and end the process. So mariadb gets
 * another socket to remove listeners from.
 */
function spareListeners(error: Error, { stage, socket }: Login, callback: StreamCallback): void {
  const { code }: { code?: unknown } = Object(error)
  const hungUp = stage === 'shaking hands' && code === 'ER_SOCKET_UNEXPECTED_CLOSE'
  if (hungUp && socket?.destroyed) callback(undefined, new Socket())
}

/** mariadb 3.4 says "Either set `ssl: { rejectUnauthorized: false }`" when the server isn't the endpoint. */
function blamesTheServer(error: unknown): boolean {
  const { errno, code }: { errno?: unknown; code?: unknown } = Object(error)
  return errno === 1045 || /^ER_SELF_SIGNED|^ER_TLS_IDENTITY/.test(String(code))
}

/** The plugin that a server asked for, and mariadb refused. */
function refusedPlugin({ message }: Error): string | undefined {
  return /Unsupported authentication plugin (\S+)\. Authorized/.exec(message)?.[1]
}
