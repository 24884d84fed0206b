// The real MySQL server's greeting, for clients that have yet to say who they are.
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

/** A connection to the real server, which has greeted. */
export interface Greeted {
  server: Socket
  greeting: Greeting
}

/** What a client is greeted with. */
interface ToGreetWith {
  greeting: Greeting
  /** The connection that the greeting came by, if the client has one already. */
  early?: Greeted
  /** To be called when the client has logged in, or not. */
  release(): void
}

/** How many clients that have sent no token yet may each hold a connection to the real server. */
const MOST_WITHOUT_TOKEN = 100

/**
 * The greeting for each client. It is the real server's own, of the connection that the client is going to use: KILL
 * needs the connection id in it. But clients that then go silent must not use up the server's connections. So when many
 * clients are still logging in, the next ones are greeted with what is known of the server, and id 0, which KILL does
 * not know; their connection is opened when they have sent a good token.
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

/** The server's greeting as RDS would send it: version, charset and connection id stay the real ones. */
export function forClient(greeting: Greeting): Buffer {
  return greetingBody({
    ...greeting,
    capabilities: (greeting.capabilities | SSL | PLUGIN_AUTH | PROTOCOL_41 | SECURE_CONNECTION) >>> 0,
    // RDS asks for the password in clear text only once it knows the user.
    plugin: 'mysql_native_password',
    scramble: newScramble(),
  })
}

export function serverRefused(cause: BackendRefusal): Refusal {
  return new Refusal('server-refused', `The server refused the login: ${shown(cause.message)}.`, { cause })
}
