// Requests to cancel a statement: they come on a connection of their own, and name the session by its key.
import type { Link } from './upstream.ts'

export class CancelKeys {
  readonly #sessions = new Map<string, Link>()

  /** Remembers the session that the server gave `key`, as long as it lasts. */
  add(key: Buffer, link: Link): void {
    const name = key.toString('latin1')
    this.#sessions.set(name, link)
    link.socket.once('close', () => {
      if (this.#sessions.get(name) === link) this.#sessions.delete(name)
    })
  }

  /** The key is all the proof that PostgreSQL asks for; one that no session has is worth no connection. */
  find(key: Buffer): Link | undefined {
    return this.#sessions.get(key.toString('latin1'))
  }
}
