// Reads the own properties of an options object.
import { shown } from '../admission/verdict.ts'
import { kindOf, type Problems } from './problems.ts'

/** Returns own properties only, so that something added to `Object.prototype` is not taken for an option. */
export function ownFields<T extends object>(
  given: T | undefined,
  name: string,
  known: readonly (keyof T & string)[],
  problems: Problems,
): Partial<T> {
  // Has no prototype, so that reading a field never finds an inherited one.
  const fields: Partial<T> = Object.create(null)
  if (given === undefined) return fields
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.note(name || 'options', kindOf(given), `write an object with ${known.join(', ')}`)
    return fields
  }
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue
    if ((known as readonly string[]).includes(field)) Object.assign(fields, { [field]: value })
    // Don't show its value, which may be a secret in the wrong place.
    else
      problems.note(
        shown(name ? `${name}.${field}` : field),
        'no such option',
        `the options are ${known.join(', ')}`,
      )
  }
  return fields
}
