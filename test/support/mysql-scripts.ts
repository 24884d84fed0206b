// Scripts for a MySQL server that a test plays, correct or hostile.
import { type SecureContext, TLSSocket } from 'node:tls'
import {
  type Greeting,
  greetingBody,
  PLUGIN_AUTH,
  PROTOCOL_41,
  SECURE_CONNECTION,
  SSL,
} from '@rds-iam/wire/mysql-handshake'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import type { Issued } from './certificates.ts'
import type { Script, Talk } from './play.ts'

export const MYSQL_OK: Buffer = Buffer.from([0, 0, 0, 2, 0, 0, 0])

const CLEAR = 'mysql_clear_password'
const NATIVE = 'mysql_native_password'
/** An SSLRequest, with its header. */
const SSL_REQUEST = 36

/** The body of a greeting from a server without TLS. */
export function mysqlGreeting(changes: Partial<Greeting> = {}): Buffer {
  return greetingBody({
    version: '8.4.0',
    connectionId: 7,
    scramble: Buffer.from('abcdefghijklmnopqrst'),
    capabilities: PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH,
    charset: 255,
    status: 2,
    reserved: Buffer.alloc(10),
    plugin: NATIVE,
    ...changes,
  })
}

/** Greets without TLS, and sends this one packet to every client. */
export function mysqlSaying(body: Buffer): Script {
  return async ({ socket }) => {
    socket.write(packet(0, mysqlGreeting()))
    const { sequence } = await readPacket(socket)
    socket.write(packet(sequence + 1, body))
  }
}

export interface MysqlManners {
  /** The server's version. The driver mariadb treats MariaDB differently, and again from 11.4. */
  readonly version?: string
  /** The plugin in the greeting. */
  readonly greets?: string
  /** The plugin that it switches to. */
  readonly asks?: string
}

function greeting({ version = '8.0.40', greets = NATIVE }: MysqlManners, tls: 0 | typeof SSL = SSL): Buffer {
  // Also LONG_PASSWORD and CONNECT_WITH_DB, without which the driver mariadb sends no database.
  const capabilities = (1 | 8 | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH | tls) >>> 0
  return packet(0, mysqlGreeting({ version, plugin: greets, capabilities }))
}

function authSwitch(sequence: number, plugin: string): Buffer {
  return packet(
    sequence,
    Buffer.from([0xfe]),
    Buffer.from(`${plugin}\0`),
    Buffer.from('01234567890123456789\0'),
  )
}

async function goOverToTls(
  talk: Talk,
  identity: Issued | SecureContext,
  manners: MysqlManners = {},
): Promise<void> {
  talk.send(greeting(manners))
  await talk.take(SSL_REQUEST) // the ClientHello may come in the same segment
  await talk.secure(identity)
}

export const mysql = {
  /** Starts TLS correctly, then asks for the password. */
  overTls:
    (identity: Issued, manners: MysqlManners = {}): Script =>
    async (talk) => {
      await goOverToTls(talk, identity, manners)
      await talk.take()
      talk.send(authSwitch(3, manners.asks ?? CLEAR))
      await talk.takeAll()
    },
  /** Starts TLS correctly, then asks for the password again and again. */
  askingAgain:
    (identity: Issued): Script =>
    async (talk) => {
      await goOverToTls(talk, identity)
      for (let sequence = 3; ; sequence += 2) {
        await talk.take()
        talk.send(authSwitch(sequence, CLEAR))
      }
    },
  /** Accepts any password. Calls `begun` with whether the client has resumed a TLS session of the same context. */
  accepting:
    (context: SecureContext, begun: (resumed: boolean) => void): Script =>
    async (talk) => {
      await goOverToTls(talk, context)
      begun(talk.socket instanceof TLSSocket && talk.socket.isSessionReused())
      await talk.take()
      talk.send(authSwitch(3, CLEAR))
      await talk.take()
      talk.send(packet(5, MYSQL_OK))
      await talk.takeAll()
    },
  /** Offers no TLS, as if an attacker removed it, and accepts a clear-text password. */
  withoutTls:
    (manners: MysqlManners = {}): Script =>
    async (talk) => {
      talk.send(greeting(manners, 0))
      await talk.take()
      talk.send(authSwitch(2, CLEAR))
      await talk.takeAll()
    },
  /** Offers TLS, and asks for the password at the same time. */
  askingBeforeTls: async (talk: Talk) => {
    talk.send(greeting({}), authSwitch(1, CLEAR), authSwitch(2, CLEAR))
    await talk.takeAll()
  },
  /** Hangs up during the TLS handshake, as in a failover. */
  hangingUp: async (talk: Talk) => {
    talk.send(greeting({}))
    await talk.take(SSL_REQUEST)
    await talk.take()
    talk.hangUp()
  },
  /** Sends the greeting and then nothing. */
  hushed: async (talk: Talk) => {
    talk.send(greeting({}))
    await talk.takeAll()
  },
  /** Starts TLS correctly, then asks for nothing. */
  silent:
    (identity: Issued): Script =>
    async (talk) => {
      await goOverToTls(talk, identity)
      await talk.takeAll()
    },
} as const
