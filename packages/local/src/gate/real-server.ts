// The real server, as the gate sees it.
import type { Socket } from 'node:net'
import { dial } from '@rds-iam/wire/sockets'
import { Refusal, shown } from '../admission/verdict.ts'
import { messageOf } from '../errors.ts'
import type { Login } from './login.ts'

export interface RealServer {
  host: string
  port: number
  /** The account that a client's user is logged in with there. */
  account(user: string): { user: string; password: string }
}

/** What a login waits for, in words. */
export function waitingFor({ host, port }: RealServer): string {
  return `the real server, ${host}:${port}`
}

/** Opens a connection that ends with the login, should that fail. */
export async function dialServer(login: Login, server: RealServer): Promise<Socket> {
  login.awaits = waitingFor(server)
  try {
    return await dial({ host: server.host, port: server.port }, (socket) => login.keep(socket))
  } catch (cause) {
    throw unreachable(login, cause)
  }
}

/** For a server that hangs up or talks nonsense while the gate logs in to it. */
export function unreachable(login: Login, cause: unknown): Refusal {
  const detail = `The gate was waiting for ${login.awaits}: ${shown(messageOf(cause))}.`
  return new Refusal('server-unreachable', detail, { cause })
}
