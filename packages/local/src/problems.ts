// Collects what is wrong with options, so that one error can tell it all.
import { LocalRdsError } from './errors.ts'

export class Problems {
  readonly #found: string[] = []

  /** Notes, unless `good`, what was seen where, and what to write instead. */
  expect(good: boolean, name: string, seen: unknown, instead: string): void {
    if (!good) this.note(name, inspected(seen), instead)
  }

  /** The same, for what must not be shown as it is. */
  note(name: string, seen: string, instead: string): void {
    this.#found.push(`${name}: ${seen}; ${instead}`)
  }

  throwIfAny(): void {
    if (this.#found.length === 0) return
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_OPTIONS',
      ['Bad options for startLocalRds:', ...this.#found].join('\n  '),
    )
  }
}

function inspected(seen: unknown): string {
  if (seen === undefined) return 'not given'
  if (typeof seen === 'function') return 'a function'
  if (typeof seen === 'object' && seen !== null && !Array.isArray(seen)) return 'an object'
  const text = typeof seen === 'string' || Array.isArray(seen) ? JSON.stringify(seen) : String(seen)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
