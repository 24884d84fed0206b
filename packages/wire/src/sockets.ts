// Sockets for a gate or a proxy: no delay, half-open if the other side wants it, and no uncaught errors.
import { connect, isIP, type Socket } from 'node:net'
import { type SecureContext, TLSSocket, connect as tlsConnect } from 'node:tls'
import { Malformed } from './read.ts'

/** Call this on each socket first. */
export function tame(socket: Socket): void {
  socket.setNoDelay(true)
  // Readers, writers and pipes notice a broken connection by 'close'. An unhandled 'error' would end the process.
  socket.on('error', () => {})
}

/** A host's address, or the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * Connects. Rejects with the system's error if that fails. `begun` gets the socket at once, so that it can give up.
 */
export function dial(address: Address, begun?: (socket: Socket) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address, allowHalfOpen: true })
    tame(socket)
    begun?.(socket)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
    socket.once('connect', () => resolve(socket))
  })
}

/** The message of the error when a client hangs up during a TLS handshake. */
export const HUNG_UP: string = 'the client hung up'

/**
 * Answers a TLS handshake on a connection that started in clear text. If the first bytes of the ClientHello have
 * arrived already, they are still in `socket`, and node:tls takes them from there. From now on, destroy `secure` before
 * `socket`: Node.js 20 crashes with a segmentation fault if the lower socket is destroyed first during the handshake.
 */
export function acceptTls(
  socket: Socket,
  {
    secureContext,
    alpn,
    begun,
  }: { secureContext: SecureContext; alpn?: string | undefined; begun?: (secure: TLSSocket) => void },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
    })
    tame(secure)
    begun?.(secure)
    secure.once('secure', () => resolve(secure))
    secure.once('error', reject)
    for (const event of ['end', 'close']) secure.once(event, () => reject(new Error(HUNG_UP)))
  })
}

export interface TlsRequest {
  secureContext: SecureContext
  /** The name that the certificate must be valid for. */
  name: string
  alpn?: string | undefined
  /** Whether to reject a certificate that isn't trusted. If it is trusted, `checkName` checks its name. */
  verify: boolean
  checkName: NonNullable<Parameters<typeof tlsConnect>[1]>['checkServerIdentity']
  /** A session of an earlier handshake, which the server may resume. It then shows no certificate. */
  session?: Buffer | undefined
  begun?: (secure: TLSSocket) => void
}

/**
 * Starts TLS with the server at the other end of `socket`. Rejects if the handshake fails, or if the server has sent
 * clear text before it, which would otherwise be taken for data that arrived over TLS.
 */
export function startTls(
  socket: Socket,
  { secureContext, name, alpn, verify, checkName, session, begun }: TlsRequest,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    if (socket.readableLength > 0) throw new Malformed('the server sent clear text before the TLS handshake')
    const secure = tlsConnect({
      socket,
      secureContext,
      rejectUnauthorized: verify,
      ...(checkName === undefined ? {} : { checkServerIdentity: checkName }),
      ...(isIP(name) === 0 ? { servername: name } : {}), // SNI can't contain IP addresses
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
      ...(session === undefined ? {} : { session }),
    })
    tame(secure)
    begun?.(secure)
    secure.once('secureConnect', () => resolve(secure))
    secure.once('error', reject)
    for (const event of ['end', 'close']) secure.once(event, () => reject(new Error(HUNG_UP_ON_TLS)))
  })
}

const HUNG_UP_ON_TLS = 'the server hung up during the TLS handshake'
