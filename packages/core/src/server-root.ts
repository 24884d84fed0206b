// Which of the trusted roots signs a PostgreSQL server: for Prisma's engine, which reads one certificate and no more.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { beginningOf } from './certificates.ts'
import type { Endpoint } from './endpoint.ts'
import type { TrustStore } from './tls.ts'

/** A server that does not answer must not keep a command waiting, which will say so itself. */
const LONGEST_MS = 3_000

// https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/**
 * Asks the server, and closes the connection again: no token is sent. Where it can't be asked, the most likely one: of
 * Amazon's for a proxy, of the region's the one that RDS takes for a new instance, else the first.
 */
export async function rootOfServer(endpoint: Endpoint, { ca, context }: TrustStore): Promise<string> {
  const socket = connect(endpoint.via ?? endpoint)
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), LONGEST_MS)
  const over = new AbortController()
  socket.once('close', () => over.abort())
  try {
    await once(socket, 'connect')
    socket.write(SSL_REQUEST)
    const [answer]: Buffer[] = await once(socket, 'data', { signal: over.signal })
    if (answer?.toString() !== 'S') throw new Error('no TLS')
    const { host } = endpoint
    const secure = connectTls({ socket, host, secureContext: context, servername: isIP(host) ? '' : host })
    await once(secure, 'secureConnect')
    const last = lastOf(secure)
    takeLeave(secure)
    return ca.find((pem) => new X509Certificate(pem).fingerprint256 === last) ?? likely(endpoint, ca)
  } catch {
    socket.destroy()
    return likely(endpoint, ca)
  } finally {
    clearTimeout(timer)
  }
}

/** Closes TLS in due form, once the server's part of the handshake is over, which its first ticket shows. */
function takeLeave(secure: TLSSocket): void {
  secure.once('session', () => setImmediate(() => secure.end())) // Node can't send from within the event
  secure.on('error', () => {}) // nobody waits for this
  secure.setTimeout(LONGEST_MS, () => secure.destroy())
  secure.resume().unref()
}

/** The fingerprint of the certificate that a chain ends with, which verified it. */
function lastOf(secure: TLSSocket): string {
  let certificate: DetailedPeerCertificate = secure.getPeerCertificate(true)
  while (certificate.issuerCertificate && certificate.issuerCertificate !== certificate) {
    certificate = certificate.issuerCertificate
  }
  return certificate.fingerprint256
}

/** Amazon Root CA 1 signs what its Certificate Manager issues; `rds-ca-rsa2048-g1` is RDS's default. */
function likely({ kind }: Endpoint, ca: readonly string[]): string {
  const subject = kind === 'proxy' ? 'Amazon Root CA 1' : 'Root CA RSA2048'
  return ca.find((pem) => beginningOf(pem).includes(subject)) ?? ca[0] ?? ''
}
