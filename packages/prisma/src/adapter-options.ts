// Reads the options of Prisma's own adapters: only the object's own properties.
import { isOptions, type Own, optionsError, ownOptions } from '@rds-iam/core'

/** A copy without undefined values, which count as absent. */
export function readAdapterOptions<T extends object>(options: T): Own<T> {
  if (isOptions(options)) return ownOptions(options)
  const instead = "write an object, such as { schema: 'app' }, or leave it out"
  throw optionsError([{ option: 'options', seen: 'is not an object', instead }])
}
