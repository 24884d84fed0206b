// One login of mariadb: the hook that makes a connection's socket also sets that connection's password.
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, PeerCertificate } from 'node:tls'
import type { LoggerConfig, PoolConfig, StreamCallback } from 'mariadb'
import type { DialAddress, Endpoint } from '../endpoint.ts'
import { RdsIamError } from '../errors.ts'
import { explainRejection } from '../login.ts'
import { nodeTls } from '../node-modules.ts'
import type { Route } from '../route.ts'
import { otherLogin, withheld } from '../tls.ts'
import type { TokenSource } from '../token-source.ts'

export type Stream = NonNullable<PoolConfig['stream']>

/** A token is for the plugin that RDS asks for, and for no other. */
const TOKEN_AUTH: readonly string[] = ['mysql_clear_password']

/** The options of one connection, a copy that mariadb makes for it. */
interface ConnectionOwn {
  password: string
  /** The plugins that the server may ask for: 3.5 looks at its greeting too, 3.4 at later demands only. */
  restrictedAuth?: readonly string[]
  ssl: ConnectionOptions
  logger: LoggerConfig
}

/** How far a login has come, and what with. */
interface Login {
  stage: 'dialling' | 'shaking hands' | 'secure' | 'failed'
  /** The socket below TLS. */
  socket?: Duplex
  /** Why the server is not trusted, as far as that is known. */
  distrusted?: string | undefined
  /** What the password is, and where it came from. */
  token?: string
  source?: TokenSource
}

/**
 * The driver has no password function, but it calls `stream` once per connection, as a method of that
 * connection's own options (`this.opts.stream(callback)`, in 3.4 and 3.5), and waits for the callback.
 */
export function loginStream(route: Route, skipVerification: boolean, userStream: Stream | undefined): Stream {
  return function stream(this: unknown, callback: StreamCallback): void {
    const own = this as ConnectionOwn // which the driver's own types don't show
    const login: Login = { stage: 'dialling' }
    own.logger = watching(own.logger, login, route, callback)
    const takeToken = async (): Promise<void> => {
      const { endpoint, source } = route
      const token = await source.get()
      if (login.stage === 'failed') return
      Object.assign(login, { token, source })
      prepare(own, login, token, endpoint, skipVerification)
    }
    const goOn = (socket: Duplex): void => {
      login.socket = socket
      // Who has given up meanwhile, after `connectTimeout`, takes no more sockets.
      if (login.stage === 'failed') socket.destroy()
      else callback(undefined, socket)
    }
    const dial = async (): Promise<void> => {
      const address = await route.settle()
      if (login.stage === 'failed') return
      const ready = takeToken()
      if (!userStream) goOn(dialledForOneGreeting(address, route.endpoint, ready))
      await ready
      userStream?.((error, given) => (error ? callback(error) : goOn(given ?? connect(address))))
    }
    dial().catch((error: Error) => callback(error))
  }
}

function prepare(
  own: ConnectionOwn,
  login: Login,
  token: string,
  { host }: Endpoint,
  skipVerification: boolean,
): void {
  // mariadb 3.4 completes TLS with any server that says it is MariaDB, and then sends the password. So it has none,
  // and goes on with no login, until Node, having verified the chain, asks whether the name is right: too late for
  // any other server.
  login.distrusted = skipVerification ? undefined : 'its certificate is not trusted'
  delete own.restrictedAuth // of a connection whose options these are a copy of, to kill its query
  if (skipVerification) Object.defineProperty(own, 'password', readOnceSecure(login, token))
  else own.password = ''
  const verify = (_name: string, certificate: PeerCertificate): Error | undefined => {
    if (skipVerification) return undefined
    const mismatch = nodeTls().checkServerIdentity(host, certificate)
    login.distrusted = mismatch && `its certificate is for another server (${mismatch.message})`
    if (mismatch) return mismatch
    login.stage = 'secure'
    Object.assign(own, { password: token, restrictedAuth: TOKEN_AUTH })
    return undefined
  }
  own.ssl = {
    ...own.ssl,
    // This is read when TLS begins.
    get checkServerIdentity() {
      if (login.stage === 'dialling') login.stage = 'shaking hands'
      own.restrictedAuth ??= skipVerification ? TOKEN_AUTH : []
      return verify
    },
  }
}

/** The password where nobody asks whether the name is right. Once TLS has begun, it is read to be sent. */
function readOnceSecure(login: Login, token: string): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get: () => {
      if (login.stage === 'shaking hands') login.stage = 'secure'
      return token
    },
  }
}

/** A failed login goes to the logger before it is reported anywhere else, and nothing else sees it per connection. */
function watching(logger: LoggerConfig, login: Login, route: Route, callback: StreamCallback): LoggerConfig {
  return {
    ...logger,
    error: (error) => {
      explain(error, login, route.endpoint)
      spareListeners(error, login, callback)
      if (login.stage !== 'secure') login.stage = 'failed'
      logger.error?.(error)
    },
  }
}

function explain(error: Error, { distrusted, token, source }: Login, endpoint: Endpoint): void {
  const plugin = refusedPlugin(error)
  const { fatal }: { fatal?: unknown } = Object(error)
  if (distrusted !== undefined) {
    if (plugin !== undefined || blamesTheServer(error)) error.message = withheld(endpoint, distrusted)
  } else if (plugin !== undefined) error.message = withheld(endpoint, otherLogin(plugin, endpoint.user))
  // A statement may be denied by the number of a rejected login, too, but its connection lives on.
  else if (fatal && token !== undefined && source) explainRejection(error, token, source)
}

/**
 * When a login fails, mariadb takes all listeners off its socket. If that is because the server hung up amid the TLS
 * handshake, the socket has yet to emit an error, which would find no listener and end the process. So mariadb gets
 * another socket to do that to.
 */
function spareListeners(error: Error, { stage, socket }: Login, callback: StreamCallback): void {
  const { code }: { code?: unknown } = Object(error)
  const hungUp = stage === 'shaking hands' && code === 'ER_SOCKET_UNEXPECTED_CLOSE'
  if (hungUp && socket?.destroyed) callback(undefined, new Socket())
}

/** mariadb 3.4 says "Either set `ssl: { rejectUnauthorized: false }`" where the server is not who it should be. */
function blamesTheServer(error: unknown): boolean {
  const { errno, code }: { errno?: unknown; code?: unknown } = Object(error)
  return errno === 1045 || /^ER_SELF_SIGNED|^ER_TLS_IDENTITY/.test(String(code))
}

/** The plugin that a server asked for, and mariadb refused. */
function refusedPlugin({ message }: Error): string | undefined {
  return /Unsupported authentication plugin (\S+)\. Authorized/.exec(message)?.[1]
}

/**
 * Before TLS a server says its greeting, and no more. On anything else mariadb emits an error that nobody can listen
 * to yet, which would end the process; so it does not get to see it. The greeting waits until all is `ready`, and
 * never comes if that fails.
 */
function dialledForOneGreeting(address: DialAddress, endpoint: Endpoint, ready: Promise<void>): Socket {
  const socket = connect(address).setNoDelay(true)
  const push = socket.push.bind(socket)
  let begun = Buffer.alloc(0)
  // Once there is TLS, what comes goes past here.
  return Object.assign(socket, {
    push: (chunk: Buffer | null): boolean => {
      begun = chunk === null ? begun : Buffer.concat([begun, chunk])
      const greeting = begun.length < 4 ? Number.POSITIVE_INFINITY : 4 + begun.readUIntLE(0, 3)
      if (begun.length <= greeting) {
        ready
          .then(
            () => push(chunk),
            () => {}, // told by who waits for it
          )
          .catch((error: Error) => socket.destroy(error)) // what mariadb can't read
        return true
      }
      const error = 'the server went on without TLS after its greeting'
      socket.destroy(new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, error)))
      return false
    },
  })
}
