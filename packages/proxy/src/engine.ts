// The common part of the engines: how a client logs in, and which users may.
import type { Socket } from 'node:net'
import type { Settings } from '@rds-iam/core/connect'
import type { Client } from './client.ts'
import { Rejection } from './rejection.ts'
import { type Keep, Upstream } from './upstream.ts'

export interface Engine {
  /**
   * Logs the client in, first here and then at the server, and joins the two. `opened` is called just before the
   * client learns of it; it never is for a client that has come for something else, and got it.
   */
  serve(client: Client, opened: () => void): Promise<void>
  /** The answer to a client that is rejected; undefined if it would not understand one. */
  answer(client: Client, rejection: Rejection): Buffer | undefined
  /** Logs in at the server as the target's user, and out again. */
  check(): Promise<void>
  /** Closes everything that doesn't belong to a client. */
  close(): void
}

/** The parts of an engine. */
export interface House {
  readonly target: Settings
  readonly upstreams: Upstreams
  /** Undefined: anyone who can reach the socket may log in. */
  readonly password: string | undefined
  /** Call this when the client has proven that it may log in. Throws if there are too many sessions. */
  readonly admit: (client: Client) => void
}

/** How long the server may take: Aurora Serverless wakes up for 15 s and more. */
export const SERVER_MS = 60_000

/** Runs a login without a client, with a time limit, and closes everything afterwards. */
export async function briefly(logIn: (keep: Keep) => Promise<void>): Promise<void> {
  const sockets: Socket[] = []
  let late: Rejection | undefined
  const close = (): void => {
    for (const socket of sockets.splice(0).reverse()) socket.destroy()
  }
  const timer = setTimeout(() => {
    late = new Rejection('unreachable', `The login was not over within ${SERVER_MS / 1000} s.`)
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

/** The upstreams, one for each user. */
export class Upstreams {
  readonly #ways: ReadonlyMap<string, Upstream>
  readonly first: Upstream

  constructor(settings: Settings, users: readonly string[]) {
    this.first = new Upstream(settings, settings.endpoint.user)
    this.#ways = new Map(users.map((user) => [user, new Upstream(settings, user)] as const)).set(
      settings.endpoint.user,
      this.first,
    )
  }

  /** @throws Rejection for a user that isn't among the options */
  for(user: string): Upstream {
    const upstream = this.#ways.get(user)
    if (upstream) return upstream
    const named = [...this.#ways.keys()].map((name) => `"${name}"`).join(', ')
    throw new Rejection(
      'user',
      `This proxy logs in as ${named} only, not as "${user}": add that user to its users, or connect as one of them.`,
    )
  }
}
