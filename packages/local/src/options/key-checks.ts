// Checks access keys. Never shows their values, because a secret may be in the wrong field.
import type { AwsKey } from '../admission/admission.ts'
import { problemText } from '../errors.ts'
import { ownFields } from './own-fields.ts'
import { kindOf, Problems } from './problems.ts'

/** The AWS SDK's credentials have the other fields too, so callers can pass them as they are. */
const FIELDS = [
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'expiration',
  'accountId',
  'credentialScope',
  '$source',
] as const

export function checkKeys(keys: readonly AwsKey[], problems: Problems): void {
  if (keys.length === 0)
    problems.note('keys', 'an empty list', 'write at least one key, or leave it out to get a random one')
  const ids = new Set<string>()
  for (const [index, key] of keys.entries()) {
    const name = `keys[${index}]`
    checkKey(key, name, problems)
    const { accessKeyId } = key ?? {}
    if (accessKeyId !== undefined && ids.has(accessKeyId))
      problems.note(`${name}.accessKeyId`, 'given twice', 'write each key once')
    ids.add(accessKeyId)
  }
}

/** A sentence about the first thing that is wrong with a key; undefined if it is good. */
export function faultOfKey(key: unknown): string | undefined {
  const problems = new Problems()
  checkKey(key, 'key', problems)
  const [first] = problems.found
  return first && problemText(first)
}

function checkKey(key: unknown, name: string, problems: Problems): void {
  if (typeof key !== 'object' || key === null) {
    problems.note(name, kindOf(key), 'write { accessKeyId, secretAccessKey }')
    return
  }
  const fields = ownFields<Record<(typeof FIELDS)[number], unknown>>(key as never, name, FIELDS, problems)
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = fields
  const note = (field: string, seen: string, instead: string): void =>
    problems.note(`${name}.${field}`, seen, instead)
  if (typeof accessKeyId !== 'string' || !/^\w+$/.test(accessKeyId))
    note('accessKeyId', 'not an access key ID', "write letters and digits, such as 'AKIAIOSFODNN7EXAMPLE'")
  if (typeof secretAccessKey !== 'string' || secretAccessKey === '')
    note('secretAccessKey', 'missing or empty', 'write a string')
  if (sessionToken !== undefined && typeof sessionToken !== 'string')
    note('sessionToken', 'not a string', 'write a string, or leave it out')
  if (expiration !== undefined && !(expiration instanceof Date && !Number.isNaN(expiration.getTime())))
    note('expiration', 'not a time', 'write a Date, or leave it out')
}
