// Requests to cancel a statement. They arrive on a separate connection and identify the session by its key.
import type { Link } from './upstream.ts'

export class CancelKeys {
  readonly #sessions = new Map<string, Link>()

  /** Remembers the session that the server gave `key` to, until it ends. */
  add(key: Buffer, link: Link): void {
    const name = key.toString('latin1')
    this.#sessions.set(name, link)
    link.socket.once('close', () => {
      if (this.#sessions.get(name) === link) this.#sessions.delete(name)
    })
  }

  /** PostgreSQL asks for no other proof than the key. Undefined if no session has it. */
  find(key: Buffer): Link | undefined {
    return this.#sessions.get(key.toString('latin1'))
  }
}
