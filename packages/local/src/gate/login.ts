// One login attempt: its sockets, and what the gate knows about it so far.
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { acceptTls, HUNG_UP } from '@rds-iam/wire/sockets'
import type { Seen } from '../admission/admission.ts'
import { Refusal, shown } from '../admission/verdict.ts'
import { messageOf } from '../errors.ts'

export class Login {
  /** The connection to the client: plain at first, TLS later. */
  socket: Socket
  readonly remoteAddress: string
  /** What the gate is waiting for. The verdict says so when the client goes silent or hangs up. */
  awaits = 'the start of a login'
  user: string | undefined
  database: string | undefined
  readonly seen: Seen = {}
  readonly #sockets: Socket[] = []
  #abandoned = false
  readonly #startedAt = performance.now()
  readonly #open: Set<Socket>

  /** `open` holds the open sockets of all logins; this login adds its own. */
  constructor(socket: Socket, open: Set<Socket>) {
    this.#open = open
    this.socket = this.keep(socket)
    // Undefined if the client has already hung up. For an IPv4 client on an IPv6 socket, show the IPv4 address.
    this.remoteAddress = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')
  }

  /** Registers a socket to close if the login fails. */
  keep<S extends Socket>(socket: S): S {
    this.#sockets.push(socket)
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    if (this.#abandoned) socket.destroy()
    return socket
  }

  get ms(): number {
    return Math.round((performance.now() - this.#startedAt) * 10) / 10
  }

  /** Continues over TLS. */
  async secure(context: SecureContext, alpn?: string): Promise<void> {
    this.awaits = 'the end of the TLS handshake'
    const connection = this.socket
    try {
      const begun = (secure: Socket): Socket => this.keep(secure)
      this.socket = await acceptTls(this.socket, { secureContext: context, alpn, begun })
    } catch (cause) {
      throw new Refusal('tls-failed', `The TLS handshake failed: ${tlsFault(cause)}.`, { cause })
    }
    this.awaits = AFTER_TLS
    const { socket } = this
    const { bytesRead } = connection
    socket.once('end', () => {
      // An empty read is TLS's close_notify. A client that rejects the certificate doesn't send one.
      if (connection.bytesRead > bytesRead && socket.bytesRead === 0) this.awaits = AFTER_GOODBYE
    })
  }

  /** Answers the client and closes everything else. Calls `gone` when the client has hung up. */
  refuse(answer: Buffer | undefined, gone: () => void): void {
    if (answer === undefined || this.socket.destroyed) {
      this.abandon()
      gone()
      return
    }
    const [connection, ...others] = this.#sockets
    for (const socket of others) if (socket !== this.socket) socket.destroy()
    connection?.once('close', gone)
    this.socket.end(answer)
    // Read and discard what the client still sends. Closing a socket with unread bytes resets the connection, and the
    // client might never see the answer.
    this.socket.resume()
  }

  abandon(): void {
    this.#abandoned = true
    destroyAll(this.#sockets)
  }
}

/** Newest first, so that TLS is destroyed before the connection below it: see `acceptTls`. */
export function destroyAll(sockets: Iterable<Socket>): void {
  for (const socket of [...sockets].reverse()) socket.destroy()
}

/** What comes next once TLS is established. A client that leaves without sending it has rejected the certificate. */
export const AFTER_TLS = 'the first packet over TLS'

/** The same, for a client that ended TLS properly: it only looked at the certificate. */
export const AFTER_GOODBYE = 'a login'

/** What a client that leaves during or after the TLS handshake usually has against the gate. */
export const DISTRUST =
  'the client probably does not trust the local CA: set NODE_EXTRA_CA_CERTS as in `rds.env`, or pass it `rds.ca`'

function tlsFault(error: unknown): string {
  // OpenSSL's text, e.g. '…:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:…'.
  const text = shown(messageOf(error).trim())
  const accused =
    text === HUNG_UP || /ECONNRESET|alert (unknown ca|certificate unknown|bad certificate)/i.test(text)
  return accused ? `${text}; ${DISTRUST}` : text
}
