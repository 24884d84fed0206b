// Scripts for a PostgreSQL server that a test plays, correct or hostile.
import { int32, message } from '@rds-iam/wire/postgres-messages'
import { readOpening } from '@rds-iam/wire/postgres-start-up'
import type { Issued } from './certificates.ts'
import type { Script, Talk } from './play.ts'

/** An Authentication message of a given type. */
export function pgAuthentication(kind: number, rest: string | Buffer = ''): Buffer {
  return message('R', int32(kind), Buffer.from(rest))
}

export const PG_READY: Buffer = message('Z', Buffer.from('I'))

const ASK_CLEARTEXT = pgAuthentication(3)

/** Answers the start-up packet with this, without TLS, and stops reading. */
export function pgSaying(...messages: readonly Buffer[]): Script {
  return async ({ socket }) => {
    await readOpening(socket)
    socket.write(Buffer.concat(messages))
  }
}

/** Answers the first packet with this, and reads the rest. */
const answering =
  (...words: readonly (Buffer | string)[]) =>
  async (talk: Talk) => {
    await talk.take()
    talk.send(...words)
    await talk.takeAll()
  }

/** Starts TLS, reads the start-up packet, sends this, and runs `then`. */
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
  /** Starts TLS correctly, then asks for the password. */
  overTls: (identity: Issued): Script => overTls(identity, ASK_CLEARTEXT, (talk) => talk.takeAll()),
  /** Starts TLS correctly, then asks for the password again and again. */
  askingAgain: (identity: Issued): Script =>
    overTls(identity, ASK_CLEARTEXT, async (talk) => {
      for (;;) {
        await talk.take()
        talk.send(ASK_CLEARTEXT)
      }
    }),
  /** Starts TLS correctly, sends this instead of asking for the password, and hangs up. */
  saying: (identity: Issued, words: Buffer): Script => overTls(identity, words, (talk) => talk.hangUp()),
  /** The same as `tls`, for a client that starts with TLS directly. */
  directTls:
    (identity: Issued): Script =>
    async (talk) => {
      await talk.secure(identity)
      await answering(ASK_CLEARTEXT)(talk)
    },
  /** Offers no TLS, as if an attacker removed it, and accepts a clear-text password. */
  withoutTls: async (talk: Talk) => {
    await talk.take()
    talk.send('N')
    await answering(ASK_CLEARTEXT)(talk)
  },
  /** Asks for the password instead of answering the request for TLS. */
  askingAtOnce: answering(ASK_CLEARTEXT),
  /** Agrees to TLS, but asks for the password before it starts. */
  askingBeforeTls: answering('S', ASK_CLEARTEXT),
  /** Hangs up during the TLS handshake, as in a failover. */
  hangingUp: async (talk: Talk) => {
    await talk.take()
    talk.send('S')
    await talk.take()
    talk.hangUp()
  },
  /** Starts TLS correctly, then asks for nothing. */
  silent:
    (identity: Issued): Script =>
    async (talk) => {
      await talk.take()
      talk.send('S')
      await talk.secure(identity)
      await talk.takeAll()
    },
} as const
