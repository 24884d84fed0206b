// Sockets as a gate wants them: without delay, half-open where the other side wishes, never an uncaught error.
import { connect, isIP, type Socket } from 'node:net'
import { type SecureContext, TLSSocket, connect as tlsConnect } from 'node:tls'
import { Malformed } from './read.ts'

/** To be called on each socket before anything else happens to it. */
export function tame(socket: Socket): void {
  socket.setNoDelay(true)
  // Whoever reads, writes or pipes learns of a broken connection from 'close'; 'error' alone would end the process.
  socket.on('error', () => {})
}

/** A host's address, or the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * Dials; rejects with the system's error when nobody answers. `begun` gets the socket at once, to be able to give up.
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

/** The message of the error when a client leaves in the middle of a TLS handshake. */
export const HUNG_UP: string = 'the client hung up'

/**
 * Answers a TLS handshake on a connection that began in clear text. Bytes of the ClientHello that came in one
 * segment with what preceded them are still in `socket`, and node:tls takes them from there. From now on `secure` is
 * to be destroyed before `socket`, if at all: Node.js 20 dies of a segmentation fault when the socket below goes
 * first while the handshake calls back.
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
  /** The name that the certificate must bear. */
  name: string
  alpn?: string | undefined
  /** Rejects a certificate that is not trusted; `checkName` then looks at the name in it. */
  verify: boolean
  checkName: NonNullable<Parameters<typeof tlsConnect>[1]>['checkServerIdentity']
  begun?: (secure: TLSSocket) => void
}

/**
 * Starts TLS with the server at the other end of `socket`. Rejects when the handshake fails, or when the server has
 * said anything before it, which would otherwise pass for something that came over TLS.
 */
export function startTls(
  socket: Socket,
  { secureContext, name, alpn, verify, checkName, begun }: TlsRequest,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    if (socket.readableLength > 0) throw new Malformed('the server went on in clear text before TLS')
    const secure = tlsConnect({
      socket,
      secureContext,
      rejectUnauthorized: verify,
      ...(checkName === undefined ? {} : { checkServerIdentity: checkName }),
      ...(isIP(name) === 0 ? { servername: name } : {}), // TLS names no IP addresses
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
    })
    tame(secure)
    begun?.(secure)
    secure.once('secureConnect', () => resolve(secure))
    secure.once('error', reject)
    for (const event of ['end', 'close']) secure.once(event, () => reject(new Error(HUNG_UP_ON_TLS)))
  })
}

const HUNG_UP_ON_TLS = 'the server hung up amid the TLS handshake'
