// One login attempt: its sockets, and what is known of it so far.
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Seen } from '../admission.ts'
import { messageOf } from '../errors.ts'
import { Refusal, shown } from '../verdict.ts'
import { acceptTls, HUNG_UP } from '../wire/sockets.ts'

export class Login {
  /** What the client is spoken to through: the bare connection, later TLS over it. */
  socket: Socket
  readonly remoteAddress: string
  /** What the gate waits for, for the verdict on a client that goes silent or away. */
  awaits = 'the start of a login'
  user: string | undefined
  database: string | undefined
  readonly seen: Seen = {}
  readonly #sockets: Socket[] = []
  #abandoned = false
  readonly #startedAt = performance.now()
  readonly #open: Set<Socket>

  /** `open` gets the sockets of this login, as of all others, as long as they are open. */
  constructor(socket: Socket, open: Set<Socket>) {
    this.#open = open
    this.socket = this.keep(socket)
    // Undefined when the client has already gone. An IPv4 client of an IPv6 socket is shown as what it is.
    this.remoteAddress = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')
  }

  /** Adds a socket to those that end with the login, should it fail. */
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

  /** Goes on over TLS. */
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
      // Bytes, and nothing in them: TLS's own goodbye, which nobody says who does not like the certificate.
      if (connection.bytesRead > bytesRead && socket.bytesRead === 0) this.awaits = AFTER_GOODBYE
    })
  }

  /** Tells the client, and lets go of all else. Calls `gone` when the client has hung up. */
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
    // What the client still sends is read and dropped: closing over unread bytes would reset the connection, and
    // the client might never see the answer.
    this.socket.resume()
  }

  abandon(): void {
    this.#abandoned = true
    destroyAll(this.#sockets)
  }
}

/** The newest first, so that TLS goes before the connection below it: see `acceptTls`. */
export function destroyAll(sockets: Iterable<Socket>): void {
  for (const socket of [...sockets].reverse()) socket.destroy()
}

/** What a client owes as soon as TLS stands; one that leaves without it did not like the certificate. */
export const AFTER_TLS = 'the first packet over TLS'

/** What is missing of a client that looks at the certificate, and wants no more. */
const AFTER_GOODBYE = 'a login after this look at the certificate (`rds-iam doctor` begins with one)'

function tlsFault(error: unknown): string {
  // OpenSSL's text, e.g. '…:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:…'.
  const text = shown(messageOf(error).trim())
  const accused =
    text === HUNG_UP || /ECONNRESET|alert (unknown ca|certificate unknown|bad certificate)/i.test(text)
  return accused ? `${text}; most likely it does not trust the certificate: give it .ca or .caFile` : text
}
