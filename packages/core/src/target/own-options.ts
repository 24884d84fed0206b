// Reads the own properties of an options object. Inherited and undefined properties aren't options.
import { shown } from '../errors.ts'
import type { Problems } from '../problems.ts'

/** Options without undefined values. */
export type Own<T> = { [name in keyof T]?: Exclude<T[name], undefined> }

/**
 * Options that may also be undefined, which counts as absent.
 *
 * @example
 * ```ts
 * import type { OrUndefined } from '@rds-iam/core'
 *
 * const options: OrUndefined<{ max?: number }> = { max: undefined }
 * ```
 */
export type OrUndefined<T> = { [name in keyof T]: T[name] | undefined }

/**
 * A copy of an options object with its own fields only, without undefined ones. It inherits nothing, so a polluted
 * `Object.prototype` can't add options. Each getter is called once.
 *
 * @example
 * ```ts
 * import { ownOptions } from '@rds-iam/core'
 *
 * const { region } = ownOptions({ region: undefined, profile: 'prod' }) // undefined, whatever Object.prototype has
 * ```
 */
export function ownOptions<T extends object>(options: T): Own<T> {
  const own: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(options)) if (value !== undefined) own[name] = value
  // Object.entries() has returned only the fields of T that have a value.
  return own as Own<T>
}

/**
 * Whether a value can be an options object: neither null nor a list.
 *
 * @example
 * ```ts
 * import { isOptions } from '@rds-iam/core'
 *
 * isOptions(null) // false
 * ```
 */
export function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The same for options of any type. If they aren't an object, adds a problem and reads nothing. */
export function readOptions<T extends object>(
  options: T,
  name: string,
  example: string,
  problems: Problems,
): Own<T> {
  if (isOptions(options)) return ownOptions(options)
  problems.add({
    option: name,
    // A string may be a URL with a password in it.
    seen: `is ${typeof options === 'string' ? 'a string' : shown(options)}, not an object`,
    instead: `write an object, such as ${example}`,
  })
  return {}
}
