// Passes the real MySQL server's greeting to clients that haven't sent their user yet.
import type { Socket } from 'node:net'
import { awaitGreeting, BackendRefusal } from '@rds-iam/wire/mysql-client'
import {
  type Greeting,
  greetingBody,
  PLUGIN_AUTH,
  PROTOCOL_41,
  SECURE_CONNECTION,
  SSL,
} from '@rds-iam/wire/mysql-handshake'
import { newScramble } from '@rds-iam/wire/mysql-passwords'
import { Refusal, shown } from '../admission/verdict.ts'
import type { Login } from './login.ts'
import { dialServer, type RealServer, unreachable, waitingFor } from './real-server.ts'

/** A connection to the real server, after the server's greeting. */
export interface Greeted {
  server: Socket
  greeting: Greeting
}

/** The greeting for one client. */
interface ToGreetWith {
  greeting: Greeting
  /** The connection that the greeting came from, if the client has one already. */
  early?: Greeted
  /** Call it when the login has succeeded or failed. */
  release(): void
}

/** How many clients may hold a connection to the real server before they have sent a token. */
const MOST_WITHOUT_TOKEN = 100

/**
 * Greets each client with the real server's greeting for the connection that the client will use, because KILL needs
 * the connection ID in it. But clients that go silent must not use up the server's connections. So while many clients
 * are logging in, the next ones get a copied greeting with the ID 0, which KILL doesn't know. Their connection is
 * opened once they have sent a good token.
 */
export function greetingsOf(realServer: RealServer): (login: Login) => Promise<ToGreetWith> {
  let known: (greeting: Greeting) => void
  const first = new Promise<Greeting>((resolve) => {
    known = resolve
  })
  let holding = 0
  return async (login) => {
    if (holding >= MOST_WITHOUT_TOKEN) {
      login.awaits = waitingFor(realServer)
      return { greeting: { ...(await first), connectionId: 0 }, release: () => {} }
    }
    holding += 1
    const release = (): void => {
      holding -= 1
    }
    try {
      const early = await openServer(login, realServer)
      known(early.greeting)
      return { greeting: early.greeting, early, release }
    } catch (error) {
      release()
      throw error
    }
  }
}

export async function openServer(login: Login, realServer: RealServer): Promise<Greeted> {
  const server = await dialServer(login, realServer)
  const greeting = await awaitGreeting(server).catch((cause: unknown) => {
    throw cause instanceof BackendRefusal ? serverRefused(cause) : unreachable(login, cause)
  })
  return { server, greeting }
}

/** The server's greeting as RDS would send it, with the real version, charset and connection ID. */
export function forClient(greeting: Greeting): Buffer {
  return greetingBody({
    ...greeting,
    capabilities: (greeting.capabilities | SSL | PLUGIN_AUTH | PROTOCOL_41 | SECURE_CONNECTION) >>> 0,
    // RDS asks for the clear-text password only after it knows the user.
    plugin: 'mysql_native_password',
    scramble: newScramble(),
  })
}

export function serverRefused(cause: BackendRefusal): Refusal {
  return new Refusal('server-refused', `The server refused the login: ${shown(cause.message)}.`, { cause })
}
