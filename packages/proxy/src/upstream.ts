// Connects to the server for one database user: opens the connection, verifies TLS, and gets the token last.
import type { Socket } from 'node:net'
import { checkServerIdentity, type TLSSocket } from 'node:tls'
import type { Endpoint, TokenSource } from '@rds-iam/core'
import { RdsIamError } from '@rds-iam/core'
import {
  assertVerified,
  explainRejection,
  hostAndPort,
  type Route,
  reasonOf,
  routeOf,
  type Settings,
  withheld,
} from '@rds-iam/core/connect'
import { type Address, dial, startTls } from '@rds-iam/wire/sockets'

/** Load balancers and tunnels drop connections that are silent for minutes, which idle sessions must survive. */
const KEEP_ALIVE_MS = 60_000

/** A connection to the server, and what it is for. */
export interface Link {
  readonly socket: Socket
  /** The address connected to. */
  readonly address: Address
  /** The endpoint that the server must prove to be. */
  readonly endpoint: Endpoint
  readonly source: TokenSource
}

/** Registers a socket to close if the login fails. */
export type Keep = <S extends Socket>(socket: S) => S

export class Upstream {
  readonly #settings: Settings
  readonly #route: Route
  /** The last TLS session in which the server has proven with its certificate to be `host`. */
  #session: { readonly host: string; readonly bytes: Buffer } | undefined

  constructor(settings: Settings, user: string) {
    this.#settings = { ...settings, endpoint: { ...settings.endpoint, user } }
    this.#route = routeOf(this.#settings)
  }

  /** The endpoint of the last connection, for messages. */
  get address(): string {
    return hostAndPort(this.#route.endpoint)
  }

  get source(): TokenSource {
    return this.#route.source
  }

  /** Connects. With `ahead`, signs the token at the same time. */
  async connect(keep: Keep, { ahead }: { ahead: boolean }): Promise<Link> {
    const address = await this.#route.settle()
    const { endpoint, source } = this.#route
    // The code that sends the token asks for it again, and reports errors.
    if (ahead) source.get().catch(() => {})
    return { socket: await this.#dial(address, keep), address, endpoint, source }
  }

  /** Connects to the same server as `link`. One name may have several servers. */
  async reconnect(
    { socket: { remoteAddress, remotePort }, address, ...link }: Link,
    keep: Keep,
  ): Promise<Link> {
    const found =
      remoteAddress === undefined || remotePort === undefined
        ? address
        : { host: remoteAddress, port: remotePort }
    return { ...link, address, socket: await this.#dial(found, keep) }
  }

  /** The same for a connection that was opened for another user. */
  async adopt(socket: Socket): Promise<Link> {
    const address = await this.#route.settle()
    const { endpoint, source } = this.#route
    source.get().catch(() => {})
    return { socket, address, endpoint, source }
  }

  async #dial(address: Address, keep: Keep): Promise<Socket> {
    const socket = await dial(address, keep)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    return socket
  }

  /**
   * Starts TLS. Rejects unless the server proves to be the endpoint. With `resume`, knowing the secret of an earlier
   * session is proof too, which saves both sides the work with the certificate. PostgreSQL's servers issue no sessions.
   */
  async secure(
    { socket, endpoint }: Link,
    keep: Keep,
    { alpn, resume = false }: { alpn?: string; resume?: boolean },
  ): Promise<TLSSocket> {
    const { trust, skipVerification } = this.#settings
    const session = this.#session?.host === endpoint.host ? this.#session.bytes : undefined
    let secure: TLSSocket | undefined
    try {
      await startTls(socket, {
        secureContext: trust.context,
        name: endpoint.host,
        alpn,
        verify: !skipVerification,
        checkName: (_name, certificate) => checkServerIdentity(endpoint.host, certificate),
        session,
        begun: (begun) => {
          secure = keep(begun)
          if (!resume) return
          begun.on('session', (bytes) => {
            // Not of a resumed session, so that the certificate is checked again when the first session has expired.
            if (begun.authorized && !begun.isSessionReused()) this.#session = { host: endpoint.host, bytes }
          })
        },
      })
    } catch (cause) {
      this.#session = undefined // in case the server can't resume it
      // Node sets this if the certificate is the cause.
      if (!secure?.authorizationError) throw cause
      const reason = `its certificate is not trusted (${reasonOf(cause)})`
      throw insecure(endpoint, reason, cause)
    }
    if (!secure) throw new Error('there is no TLS')
    return secure
  }

  /** Returns a token, after checking once more that the connection is to the verified endpoint. */
  async token(secure: Socket, { endpoint, source }: Link): Promise<string> {
    // `secure` resumes only a session of the same endpoint.
    assertVerified(secure, endpoint, this.#settings.skipVerification, endpoint.host)
    return source.get()
  }
}

export function insecure(endpoint: Endpoint, reason: string, cause?: unknown): RdsIamError {
  return new RdsIamError(
    'ERR_RDS_IAM_INSECURE_CONNECTION',
    withheld(endpoint, reason),
    cause === undefined ? {} : { cause },
  )
}

/** The server's error, with an explanation if the server rejected the login. */
export function explained(
  error: { message: string; code?: string; errno?: number },
  token: string | undefined,
  source: TokenSource,
): { message: string; rejected: boolean } {
  const { message, ...numbers } = error
  const explaining = Object.assign(new Error(message), numbers)
  if (token !== undefined) explainRejection(explaining, token, source)
  return { message: explaining.message, rejected: Object.hasOwn(explaining, 'iam') }
}
