// What a PostgreSQL that a test plays says, well or badly.
import { int32, message } from '@rds-iam/wire/postgres-messages'
import { readOpening } from '@rds-iam/wire/postgres-start-up'
import type { Issued } from './certificates.ts'
import type { Script, Talk } from './play.ts'

/** Authentication, of a kind. */
export function pgAuthentication(kind: number, rest: string | Buffer = ''): Buffer {
  return message('R', int32(kind), Buffer.from(rest))
}

export const PG_READY: Buffer = message('Z', Buffer.from('I'))

const ASK_CLEARTEXT = pgAuthentication(3)

/** Says this to the start-up packet, over no TLS, and reads no more. */
export function pgSaying(...messages: readonly Buffer[]): Script {
  return async ({ socket }) => {
    await readOpening(socket)
    socket.write(Buffer.concat(messages))
  }
}

/** Answers the first packet with this, and takes the rest. */
const answering =
  (...words: readonly (Buffer | string)[]) =>
  async (talk: Talk) => {
    await talk.take()
    talk.send(...words)
    await talk.takeAll()
  }

/** Goes over to TLS, hears who it is, says this, and does `then`. */
const overTls =
  (identity: Issued, words: Buffer, then: (talk: Talk) => unknown): Script =>
  async (talk) => {
    await talk.take()
    talk.send('S')
    await talk.secure(identity)
    await talk.take()
    talk.send(words)
    await then(talk)
  }

export const postgres = {
  /** Goes over to TLS as it should, and asks for the password. */
  overTls: (identity: Issued): Script => overTls(identity, ASK_CLEARTEXT, (talk) => talk.takeAll()),
  /** Goes over to TLS as it should, says this in place of asking for the password, and hangs up. */
  saying: (identity: Issued, words: Buffer): Script => overTls(identity, words, (talk) => talk.hangUp()),
  /** The first for a client that begins with TLS. */
  directTls:
    (identity: Issued): Script =>
    async (talk) => {
      await talk.secure(identity)
      await answering(ASK_CLEARTEXT)(talk)
    },
  /** Has no TLS, or somebody in between took it out; and would take the password in the clear. */
  withoutTls: async (talk: Talk) => {
    await talk.take()
    talk.send('N')
    await answering(ASK_CLEARTEXT)(talk)
  },
  /** Asks for the password in place of an answer to the request for TLS. */
  askingAtOnce: answering(ASK_CLEARTEXT),
  /** Says yes to TLS, and asks for the password before there is any. */
  askingBeforeTls: answering('S', ASK_CLEARTEXT),
  /** Hangs up amid the TLS handshake, as in a failover. */
  hangingUp: async (talk: Talk) => {
    await talk.take()
    talk.send('S')
    await talk.take()
    talk.hangUp()
  },
  /** Goes over to TLS as it should, and asks for nothing. */
  silent:
    (identity: Issued): Script =>
    async (talk) => {
      await talk.take()
      talk.send('S')
      await talk.secure(identity)
      await talk.takeAll()
    },
} as const
