// What the engines have in common: how a client logs in, and which users may.
import type { Socket } from 'node:net'
import type { Settings } from '@rds-iam/core/connect'
import type { Client } from './client.ts'
import { Rejection } from './rejection.ts'
import { type Keep, Upstream } from './upstream.ts'

export interface Engine {
  /**
   * Logs the client in, first here and then at the server, and connects the two. Calls `opened` just before the client
   * learns that it is in, and never for a client that wants something else, such as to cancel a statement.
   */
  serve(client: Client, opened: () => void): Promise<void>
  /** The answer to a rejected client; undefined if the client wouldn't understand one. */
  answer(client: Client, rejection: Rejection): Buffer | undefined
  /** Logs in at the server as the target's user, then disconnects. */
  check(): Promise<void>
  /** Closes everything that doesn't belong to a client. */
  close(): void
}

/** What an engine needs to serve clients. */
export interface EngineContext {
  readonly target: Settings
  readonly upstreams: Upstreams
  /** Undefined: anyone who can reach the socket may log in. */
  readonly password: string | undefined
  /** Call this when the client has proven that it may log in. Throws if there are too many sessions. */
  readonly admit: (client: Client) => void
}

/** How long the server may take. Aurora Serverless needs 15 s or more to resume. */
export const SERVER_MS = 60_000

/** Runs a login without a client, with a time limit, and closes everything afterwards. */
export async function briefly(logIn: (keep: Keep) => Promise<void>): Promise<void> {
  const sockets: Socket[] = []
  let late: Rejection | undefined
  const close = (): void => {
    for (const socket of sockets.splice(0).reverse()) socket.destroy()
  }
  const timer = setTimeout(() => {
    late = new Rejection('unreachable', `The login took longer than ${SERVER_MS / 1000} s.`)
    close()
  }, SERVER_MS)
  timer.unref()
  try {
    await logIn((socket) => {
      if (late) socket.destroy()
      else sockets.push(socket)
      return socket
    })
    for (const socket of sockets.splice(0).reverse()) socket.destroySoon()
  } catch (error) {
    throw late ?? error
  } finally {
    clearTimeout(timer)
    close()
  }
}

/** One upstream for each user. */
export class Upstreams {
  readonly #byUser: ReadonlyMap<string, Upstream>
  readonly first: Upstream

  constructor(settings: Settings, users: readonly string[]) {
    this.first = new Upstream(settings, settings.endpoint.user)
    this.#byUser = new Map(users.map((user) => [user, new Upstream(settings, user)] as const)).set(
      settings.endpoint.user,
      this.first,
    )
  }

  /** Undefined for a user that the options don't allow. */
  find(user: string): Upstream | undefined {
    return this.#byUser.get(user)
  }

  /** @throws Rejection for a user that the options don't allow */
  for(user: string): Upstream {
    const upstream = this.find(user)
    if (upstream) return upstream
    const named = [...this.#byUser.keys()].map((name) => `"${name}"`).join(', ')
    throw new Rejection(
      'user',
      `This proxy logs in only as ${named}, not as "${user}": connect as one of its users, or add that user to \`users\`.`,
    )
  }
}
