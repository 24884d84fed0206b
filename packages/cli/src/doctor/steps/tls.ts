// Step 5: starts TLS as for a login. Sends no token over this connection.
import { X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  type TLSSocket,
} from 'node:tls'
import type { DialAddress, Engine, TrustedRoot } from '@rds-iam/core'
import type { TlsFound } from '../examination.ts'
import { StepFault } from '../step.ts'
import { dialTcp } from './network.ts'
import { askForTls } from './tls-request.ts'

export interface TlsQuestion {
  readonly engine: Engine
  readonly dial: DialAddress
  /** The name that the certificate must be valid for. */
  readonly expected: string
  readonly roots: readonly TrustedRoot[]
}

export async function examineTls(
  { engine, dial, expected, roots }: TlsQuestion,
  socket: Socket,
  signal: AbortSignal,
): Promise<TlsFound> {
  signal.addEventListener('abort', () => socket.destroy())
  let secure: TLSSocket | undefined
  try {
    await askForTls(socket, engine, () => dialTcp(dial, signal))
    secure = await shakeHands({
      socket,
      ca: roots.map(({ pem }) => pem),
      ...(isIP(expected) === 0 ? { servername: expected } : {}),
      // Check everything below instead, so that it can be reported.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    })
    const certificate = secure.getPeerCertificate(true)
    const found = describe(secure, certificate, expected, roots)
    assertTrusted(secure, certificate, found)
    closePolitely(secure)
    return found
  } catch (error) {
    secure?.destroy()
    socket.destroy()
    throw error
  }
}

/** Enough time for a server to send a session ticket, if it sends any. */
const TICKET_MS = 2_000

/**
 * Closes TLS properly, because a client that just disconnects looks as if it doesn't trust the certificate. First, the
 * server's part of the handshake must be over. In TLS 1.3, its first session ticket shows that. Nothing waits for this.
 */
function closePolitely(secure: TLSSocket): void {
  const leave = (): void => void setImmediate(() => secure.end()) // Node can't send from within the event
  secure.resume()
  if (secure.getProtocol() === 'TLSv1.3') {
    secure.once('session', leave)
    setTimeout(leave, TICKET_MS).unref()
  } else leave()
}

function shakeHands(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect(options, () => resolve(secure))
    secure.on('error', reject)
    secure.on('close', () =>
      reject(new StepFault('closed', 'the server closed the connection during the TLS handshake')),
    )
  })
}

function describe(
  secure: TLSSocket,
  certificate: DetailedPeerCertificate,
  expected: string,
  roots: readonly TrustedRoot[],
): TlsFound {
  const chain = chainOf(certificate)
  const last = chain.at(-1)
  const root = roots.find(({ pem }) => new X509Certificate(pem).fingerprint256 === last?.fingerprint256)
  return {
    protocol: String(secure.getProtocol()),
    cipher: secure.getCipher().name,
    expected,
    names: namesOf(certificate),
    validUntil: new Date(certificate.valid_to).toISOString(),
    issuers: chain.map(({ issuer }) => commonName(issuer)).filter((name, i, all) => all.indexOf(name) === i),
    root: root && last && secure.authorized ? { name: commonName(last.subject), from: root.from } : undefined,
  }
}

/** The server's certificate, its issuer's certificate, and so on, as far as Node knows them. */
function chainOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  for (let next = certificate; next?.raw && !chain.includes(next); next = next.issuerCertificate)
    chain.push(next)
  return chain
}

/** The certificate's alternative names, or else its common name, as in Node. */
function namesOf({ subjectaltname = '', subject }: DetailedPeerCertificate): string[] {
  const names = [...subjectaltname.matchAll(/(?:DNS|IP Address):"?([^",\s]+)/g)].map(([, name = '']) => name)
  return names.length > 0 ? names : [commonName(subject)]
}

function commonName(subject: DetailedPeerCertificate['subject'] | undefined): string {
  const name = subject?.CN ?? subject?.OU ?? subject?.O ?? 'an unnamed issuer'
  return Array.isArray(name) ? name.join(' ') : name
}

function assertTrusted(secure: TLSSocket, certificate: DetailedPeerCertificate, found: TlsFound): void {
  const [from, to] = [certificate.valid_from, certificate.valid_to].map((date) => Date.parse(date))
  if (to !== undefined && to < Date.now())
    throw new StepFault('expired', `its certificate expired at ${found.validUntil}`, found)
  if (from !== undefined && from > Date.now())
    throw new StepFault(
      'not-yet-valid',
      `its certificate is not valid before ${new Date(from).toISOString()}`,
      found,
    )
  if (!secure.authorized) {
    const top = found.issuers.at(-1)
    // Node's types say Error, but it is OpenSSL's code, such as SELF_SIGNED_CERT_IN_CHAIN.
    throw new StepFault(
      'untrusted',
      `its certificate is signed by ${top}, which is not trusted (${secure.authorizationError})`,
      found,
    )
  }
  if (checkServerIdentity(found.expected, certificate) !== undefined)
    throw new StepFault(
      'wrong-name',
      `its certificate is for another server: ${found.names.join(', ')}`,
      found,
    )
}
