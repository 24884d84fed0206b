// What a MySQL that a test plays says, well or badly.
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

/** A greeting's body, of a server without TLS. */
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

/** Greets, over no TLS, and says this one thing, whoever it is. */
export function mysqlSaying(body: Buffer): Script {
  return async ({ socket }) => {
    socket.write(packet(0, mysqlGreeting()))
    const { sequence } = await readPacket(socket)
    socket.write(packet(sequence + 1, body))
  }
}

export interface MysqlManners {
  /** What it says that it is: mariadb's driver treats MariaDB in another way, and from 11.4 in yet another. */
  readonly version?: string
  /** The plugin that its greeting names. */
  readonly greets?: string
  /** The plugin that it switches to. */
  readonly asks?: string
}

function greeting({ version = '8.0.40', greets = NATIVE }: MysqlManners, tls: 0 | typeof SSL = SSL): Buffer {
  // LONG_PASSWORD and CONNECT_WITH_DB besides, without which mariadb's driver sends no database.
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

async function goOverToTls(talk: Talk, identity: Issued, manners: MysqlManners = {}): Promise<void> {
  talk.send(greeting(manners))
  await talk.take(SSL_REQUEST) // the ClientHello may come in the same segment
  await talk.secure(identity)
}

export const mysql = {
  /** Goes over to TLS as it should, and asks for the password. */
  overTls:
    (identity: Issued, manners: MysqlManners = {}): Script =>
    async (talk) => {
      await goOverToTls(talk, identity, manners)
      await talk.take()
      talk.send(authSwitch(3, manners.asks ?? CLEAR))
      await talk.takeAll()
    },
  /** Has no TLS, or somebody in between took it out; and would take the password in the clear. */
  withoutTls:
    (manners: MysqlManners = {}): Script =>
    async (talk) => {
      talk.send(greeting(manners, 0))
      await talk.take()
      talk.send(authSwitch(2, CLEAR))
      await talk.takeAll()
    },
  /** Offers TLS, and asks for the password in the same breath. */
  askingBeforeTls: async (talk: Talk) => {
    talk.send(greeting({}), authSwitch(1, CLEAR), authSwitch(2, CLEAR))
    await talk.takeAll()
  },
  /** Hangs up amid the TLS handshake, as in a failover. */
  hangingUp: async (talk: Talk) => {
    talk.send(greeting({}))
    await talk.take(SSL_REQUEST)
    await talk.take()
    talk.hangUp()
  },
  /** Greets, and says no more. */
  hushed: async (talk: Talk) => {
    talk.send(greeting({}))
    await talk.takeAll()
  },
  /** Goes over to TLS as it should, and asks for nothing. */
  silent:
    (identity: Issued): Script =>
    async (talk) => {
      await goOverToTls(talk, identity)
      await talk.takeAll()
    },
} as const
