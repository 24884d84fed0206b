// Reads the fields that an object of options has itself.
import { kindOf, type Problems } from './problems.ts'

/** Its own fields, and no others: what somebody has put on `Object.prototype` is nobody's option. */
export function ownFields<T extends object>(
  given: T | undefined,
  name: string,
  known: readonly (keyof T & string)[],
  problems: Problems,
): Partial<T> {
  // Without a prototype, so that reading a field never finds one of another object's.
  const fields: Partial<T> = Object.create(null)
  if (given === undefined) return fields
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.note(name || 'options', kindOf(given), `write an object with ${known.join(', ')}`)
    return fields
  }
  for (const [field, value] of Object.entries(given)) {
    if ((known as readonly string[]).includes(field)) Object.assign(fields, { [field]: value })
    // Its value is not shown: it may be a secret in the wrong place.
    else
      problems.note(
        name ? `${name}.${field}` : field,
        'no such option',
        `the options are ${known.join(', ')}`,
      )
  }
  return fields
}
