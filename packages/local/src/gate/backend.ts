// The real server, as the gates see it.
import type { Socket } from 'node:net'
import { messageOf } from '../errors.ts'
import { Refusal, shown } from '../verdict.ts'
import { dial } from '../wire/sockets.ts'
import type { Login } from './login.ts'

export interface Backend {
  host: string
  port: number
  /** As whom a client is logged in there. */
  account(user: string): { user: string; password: string }
}

/** For what a login waits for. */
export function nameOf({ host, port }: Backend): string {
  return `the real server, ${host}:${port}`
}

/** Opens a connection that ends with the login, should it fail. */
export async function dialBackend(login: Login, backend: Backend): Promise<Socket> {
  login.awaits = nameOf(backend)
  try {
    return await dial(backend.host, backend.port, (socket) => login.keep(socket))
  } catch (cause) {
    throw unreachable(login, cause)
  }
}

/** For a server that hangs up or talks nonsense while the gate logs in to it. */
export function unreachable(login: Login, cause: unknown): Refusal {
  const detail = `The gate was waiting for ${login.awaits}: ${shown(messageOf(cause))}.`
  return new Refusal('server-unreachable', detail, { cause })
}
