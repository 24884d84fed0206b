// Servers that are after a token: they take part in a login as far as it serves them, and record all they get.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { createAuthority, type Issued } from '../packages/local/src/certificates.ts'
import {
  greetingBody,
  PLUGIN_AUTH,
  PROTOCOL_41,
  SECURE_CONNECTION,
  SSL,
} from '../packages/local/src/wire/mysql/handshake.ts'
import { packet } from '../packages/local/src/wire/mysql/packets.ts'
import { int32, message } from '../packages/local/src/wire/postgres/messages.ts'

export interface Hostile {
  readonly port: number
  /** All that came from clients, before TLS and inside it. */
  received(): string
  stop(): void
}

/** The talk with one client. */
export class Talk {
  #socket: Socket
  readonly #record: Buffer[]

  constructor(socket: Socket, record: Buffer[]) {
    this.#record = record
    this.#socket = socket
    socket.on('error', () => {})
  }

  send(...bytes: Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes))
  }

  /** The next that comes, whatever it is, or `length` bytes of it. */
  async take(length?: number): Promise<Buffer> {
    for (;;) {
      const next: Buffer | null = this.#socket.read(length)
      if (next) {
        this.#record.push(next)
        return next
      }
      await once(this.#socket, 'readable')
    }
  }

  /** Takes all that comes, until the client leaves. */
  async takeAll(): Promise<never> {
    for (;;) await this.take()
  }

  hangUp(): void {
    this.#socket.end()
  }

  async secure({ cert, key }: Issued): Promise<void> {
    const secure = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: createSecureContext({ cert, key }),
      ALPNProtocols: ['postgresql'],
    })
    secure.on('error', () => {})
    this.#socket = secure
    await once(secure, 'secure')
  }
}

/** Starts a server that plays `script` to each client, and then holds the line. */
export async function startHostile(script: (talk: Talk) => Promise<unknown>): Promise<Hostile> {
  const record: Buffer[] = []
  const clients = new Set<Socket>()
  const server = createServer((socket) => {
    clients.add(socket)
    script(new Talk(socket, record)).catch(() => {}) // the client has left
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a server that listens on TCP has one
  return {
    port,
    received: () => Buffer.concat(record).toString('latin1'),
    stop: () => {
      server.close()
      for (const socket of clients) socket.destroy()
    },
  }
}

const ASK_CLEARTEXT = message('R', int32(3))

/** How PostgreSQL's start-up goes wrong. */
export const postgres = {
  /** Goes over to TLS as it should, and asks for the password. */
  overTls: (identity: Issued) => async (talk: Talk) => {
    await talk.take()
    talk.send(Buffer.from('S'))
    await talk.secure(identity)
    await talk.take()
    talk.send(ASK_CLEARTEXT)
    await talk.takeAll()
  },
  /** The same for a client that begins with TLS. */
  directTls: (identity: Issued) => async (talk: Talk) => {
    await talk.secure(identity)
    await talk.take()
    talk.send(ASK_CLEARTEXT)
    await talk.takeAll()
  },
  /** Has no TLS, or somebody in between took it out; and would take the password in the clear. */
  withoutTls: async (talk: Talk) => {
    await talk.take()
    talk.send(Buffer.from('N'))
    await talk.take()
    talk.send(ASK_CLEARTEXT)
    await talk.takeAll()
  },
  /** Asks for the password in place of an answer to the request for TLS. */
  askingAtOnce: async (talk: Talk) => {
    await talk.take()
    talk.send(ASK_CLEARTEXT)
    await talk.takeAll()
  },
  /** Says yes to TLS, and asks for the password before there is any. */
  askingBeforeTls: async (talk: Talk) => {
    await talk.take()
    talk.send(Buffer.from('S'), ASK_CLEARTEXT)
    await talk.takeAll()
  },
  /** Hangs up amid the TLS handshake, as in a failover. */
  hangingUp: async (talk: Talk) => {
    await talk.take()
    talk.send(Buffer.from('S'))
    await talk.take()
    talk.hangUp()
  },
  /** Goes over to TLS as it should, and asks for nothing. */
  silent: (identity: Issued) => async (talk: Talk) => {
    await talk.take()
    talk.send(Buffer.from('S'))
    await talk.secure(identity)
    await talk.takeAll()
  },
}

function greeting(plugin: string, version: string, tls: boolean): Buffer {
  return packet(
    0,
    greetingBody({
      version,
      connectionId: 1,
      scramble: Buffer.from('01234567890123456789'),
      capabilities: (1 | 8 | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH | (tls ? SSL : 0)) >>> 0,
      charset: 45,
      status: 2,
      reserved: Buffer.alloc(10),
      plugin,
    }),
  )
}

function authSwitch(sequence: number, plugin: string): Buffer {
  return packet(
    sequence,
    Buffer.from([0xfe]),
    Buffer.from(`${plugin}\0`),
    Buffer.from('01234567890123456789\0'),
  )
}

const SSL_REQUEST = 36
const CLEAR = 'mysql_clear_password'
const NATIVE = 'mysql_native_password'

export interface MysqlManners {
  /** What it says that it is: mariadb's driver treats MariaDB in another way, and from 11.4 in yet another. */
  readonly version?: string
  /** The plugin that its greeting names. */
  readonly greets?: string
  /** The plugin that it switches to. */
  readonly asks?: string
}

/** How MySQL's start-up goes wrong. */
export const mysql = {
  /** Goes over to TLS as it should, and asks for the password. */
  overTls:
    (identity: Issued, { version = '8.0.40', greets = NATIVE, asks = CLEAR }: MysqlManners = {}) =>
    async (talk: Talk) => {
      talk.send(greeting(greets, version, true))
      await talk.take(SSL_REQUEST) // the ClientHello may come in the same segment
      await talk.secure(identity)
      await talk.take()
      talk.send(authSwitch(3, asks))
      await talk.takeAll()
    },
  /** Has no TLS, or somebody in between took it out; and would take the password in the clear. */
  withoutTls:
    ({ version = '8.0.40', greets = NATIVE }: MysqlManners = {}) =>
    async (talk: Talk) => {
      talk.send(greeting(greets, version, false))
      await talk.take()
      talk.send(authSwitch(2, CLEAR))
      await talk.takeAll()
    },
  /** Offers TLS, and asks for the password in the same breath. */
  askingBeforeTls:
    ({ version = '8.0.40' }: MysqlManners = {}) =>
    async (talk: Talk) => {
      talk.send(greeting(NATIVE, version, true), authSwitch(1, CLEAR), authSwitch(2, CLEAR))
      await talk.takeAll()
    },
  /** Hangs up amid the TLS handshake, as in a failover. */
  hangingUp: async (talk: Talk) => {
    talk.send(greeting(NATIVE, '8.0.40', true))
    await talk.take(SSL_REQUEST)
    await talk.take()
    talk.hangUp()
  },
  /** Greets, and says no more. */
  hushed: async (talk: Talk) => {
    talk.send(greeting(NATIVE, '8.0.40', true))
    await talk.takeAll()
  },
  /** Goes over to TLS as it should, and asks for nothing. */
  silent: (identity: Issued) => async (talk: Talk) => {
    talk.send(greeting(NATIVE, '8.0.40', true))
    await talk.take(SSL_REQUEST)
    await talk.secure(identity)
    await talk.takeAll()
  },
}

/** Certificates for `host`, or not quite; `ca` is what the client trusts. */
export async function certificatesFor(
  host: string,
): Promise<{ ca: string; good: Issued; bad: Record<string, Issued> }> {
  const [trusted, unknown] = [await createAuthority(), await createAuthority()]
  return {
    ca: trusted.pem,
    good: await trusted.issue({ names: [host] }),
    bad: {
      'of an unknown CA': await unknown.issue({ names: [host] }),
      'of the right CA, for an instance of somebody else': await trusted.issue({
        names: ['theirs.c9akciq32rgh.us-east-1.rds.amazonaws.com'],
      }),
      'that has expired': await trusted.issue({
        names: [host],
        notBefore: new Date('2020-01-01T00:00:00Z'),
        notAfter: new Date('2021-01-01T00:00:00Z'),
      }),
      'that is signed by itself': await selfSigned(host),
    },
  }
}

async function selfSigned(host: string): Promise<Issued> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${host.slice(0, 64)}`,
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2049-01-01T00:00:00Z'),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
    },
    webcrypto,
  )
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') }
}
