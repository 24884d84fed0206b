// Collects the problems with the options, so that one error can report them all.
import { shown } from '../admission/verdict.ts'
import { LocalRdsError, type LocalRdsProblem, type Phrase, problemText } from '../errors.ts'

export class Problems {
  readonly #found: LocalRdsProblem[] = []

  /** Unless `good`, records the value and what to write instead. */
  expect(good: boolean, option: string, value: unknown, instead: Phrase): void {
    if (!good) this.note(option, shownValue(value), instead)
  }

  /** The same for a value that must not be shown. */
  note(option: string, seen: Phrase, instead: Phrase): void {
    this.#found.push({ option, seen, instead })
  }

  get found(): readonly LocalRdsProblem[] {
    return this.#found
  }

  throwIfAny(): void {
    if (this.#found.length === 0) return
    const lines = ['Bad options for startLocalRds:', ...this.#found.map(problemText)]
    throw new LocalRdsError('ERR_RDS_IAM_LOCAL_OPTIONS', lines.join('\n  '), { problems: this.#found })
  }
}

/** The kind of a value that may be a secret. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'not given'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

function shownValue(value: unknown): string {
  const simple = (one: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof one)
  if (!simple(value) && !(Array.isArray(value) && value.every(simple))) return kindOf(value)
  // JSON escapes control characters, but not all of them.
  const text = shown(typeof value === 'number' ? String(value) : JSON.stringify(value))
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
