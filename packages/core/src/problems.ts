// Problems with options: gathered, put into words, and thrown as one error.
import {
  type OptionReference,
  type Origin,
  type Phrase,
  type Problem,
  RdsIamError,
  type RdsIamErrorCode,
} from './errors.ts'

/** Collects problems, so that a user sees all of them at once instead of one per run. */
export class Problems {
  readonly #found: Problem[] = []

  add(problem: Problem): undefined {
    this.#found.push(problem)
  }

  get any(): boolean {
    return this.#found.length > 0
  }

  toError(): RdsIamError {
    return optionsError(this.#found)
  }
}

/**
 * One `ERR_RDS_IAM_OPTIONS` for several problems, for an adapter that reads several targets.
 *
 * @example
 * ```ts
 * import { optionsError, type Problem } from '@rds-iam/core'
 *
 * export function checkReplicas(hosts: readonly string[]): void {
 *   const problems = hosts.flatMap((host, index): Problem[] =>
 *     host === '' ? [{ option: `replicas[${index}].host`, seen: 'is empty', instead: 'write the endpoint' }] : [],
 *   )
 *   if (problems.length > 0) throw optionsError(problems)
 * }
 * ```
 */
export function optionsError(problems: readonly Problem[]): RdsIamError {
  const lines = problems.map((problem) => `  ${lineOf(problem)}`)
  const count = lines.length === 1 ? 'One option is' : `${lines.length} options are`
  return new RdsIamError('ERR_RDS_IAM_OPTIONS', `${count} wrong:\n${lines.join('\n')}`, { problems })
}

/** An error with another code that one option causes. */
export function optionError(code: RdsIamErrorCode, problem: Problem, cause?: unknown): RdsIamError {
  const more = { problems: [problem], ...(cause === undefined ? {} : { cause }) }
  return new RdsIamError(code, lineOf(problem), more)
}

function lineOf(problem: Problem): string {
  const { option, seen, instead } = renderProblem(problem)
  return `${option}: ${seen}; ${instead}`
}

/** A problem in words. */
export interface RenderedProblem {
  /** The option, and where its value came from: `port (from PGPORT)`. */
  readonly option: string
  /** What is wrong. */
  readonly seen: string
  /** What to write instead. */
  readonly instead: string
}

/**
 * Puts a problem into words. `write` is how the reader writes options; by default as properties: `via`,
 * `region: 'eu-central-1'`.
 *
 * @example
 * ```ts
 * import { type RdsIamError, renderProblem } from '@rds-iam/core'
 *
 * // for a program that has flags of the same names
 * export function linesOf({ problems }: RdsIamError): string[] {
 *   return problems
 *     .map((problem) => renderProblem(problem, ({ option, value }) => `--${option} ${value ?? ''}`.trim()))
 *     .map(({ option, seen, instead }) => `${option} ${seen}; ${instead}`)
 * }
 * ```
 */
export function renderProblem(
  { option, from, seen, instead }: Problem,
  write: (reference: OptionReference) => string = asProperty,
): RenderedProblem {
  const source = sourceOf(from)
  return {
    // A value from elsewhere wasn't written in the form of an option.
    option: source === undefined ? write(own({ option })) : `${option} (from ${source})`,
    seen: phraseText(seen, write),
    instead: phraseText(instead, write),
  }
}

function phraseText(phrase: Phrase, write: (reference: OptionReference) => string): string {
  if (typeof phrase === 'string') return phrase
  return phrase.map((part) => (typeof part === 'string' ? part : write(own(part)))).join('')
}

/** A copy that inherits nothing, so that a polluted `Object.prototype` adds no value. */
function own(reference: OptionReference): OptionReference {
  return Object.assign(Object.create(null), reference)
}

function asProperty({ option, value, file }: OptionReference): string {
  if (file !== undefined) return `${option}: readFileSync('${file}')`
  if (value === undefined) return option
  return `${option}: ${typeof value === 'string' ? `'${value}'` : value}`
}

/** Undefined for a value that the user passed as the option itself, and for a default. */
function sourceOf(from: Origin | undefined): string | undefined {
  if (from?.from === 'url') return from.name ?? 'the URL'
  if (from?.from === 'environment') return from.name
  return from?.from === 'profile' ? `the profile ${from.name}` : undefined
}

/**
 * The same problem with other names for the options, for an adapter that names its options differently.
 *
 * @example
 * ```ts
 * import { type Problem, renameOptions } from '@rds-iam/core'
 *
 * export const inWordsOfTypeOrm = (problem: Problem): Problem =>
 *   renameOptions(problem, (option) => (option === 'user' ? 'username' : option))
 * ```
 */
export function renameOptions(problem: Problem, rename: (option: string) => string): Problem {
  const renamed = (phrase: Phrase): Phrase =>
    typeof phrase === 'string'
      ? phrase
      : phrase.map((part) => (typeof part === 'string' ? part : { ...part, option: rename(part.option) }))
  const { option, seen, instead } = problem
  return { ...problem, option: rename(option), seen: renamed(seen), instead: renamed(instead) }
}
