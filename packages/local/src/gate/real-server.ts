// The gate's connections to the real server.
import type { Socket } from 'node:net'
import { dial } from '@rds-iam/wire/sockets'
import { Refusal, shown } from '../admission/verdict.ts'
import { messageOf } from '../errors.ts'
import type { Login } from './login.ts'

export interface RealServer {
  host: string
  port: number
  /** The account that the gate logs a client's user in with. */
  account(user: string): { user: string; password: string }
}

/** Names the server in messages about what a login waits for. */
export function waitingFor({ host, port }: RealServer): string {
  return `the real server, ${host}:${port}`
}

/** Opens a connection that is closed if the login fails. */
export async function dialServer(login: Login, server: RealServer): Promise<Socket> {
  login.awaits = waitingFor(server)
  try {
    return await dial({ host: server.host, port: server.port }, (socket) => login.keep(socket))
  } catch (cause) {
    throw unreachable(login, cause)
  }
}

/** For a server that hangs up or breaks the protocol while the gate logs in to it. */
export function unreachable(login: Login, cause: unknown): Refusal {
  const detail = `The gate was waiting for ${login.awaits}: ${shown(messageOf(cause))}.`
  return new Refusal('server-unreachable', detail, { cause })
}
