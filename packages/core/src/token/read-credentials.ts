// Checks the credentials that a provider returns: a user's own function may return anything.
import { types } from 'node:util'
import { keepSecret } from '../safe-text.ts'
import type { AwsCredentials } from '../target/target.ts'

/**
 * Errors show only the type of a value, because it may be a secret in the wrong place. `whoHas` begins the message: "the
 * credentials function returned".
 */
export function readCredentials(value: unknown, whoHas: string): AwsCredentials {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${whoHas} ${typeName(value)}, not an object with accessKeyId and secretAccessKey`)
  }
  const fields: Readonly<Record<string, unknown>> = Object(value)
  const text = (name: string): string | undefined => {
    const field = fieldOf(fields, name)
    if (field === undefined || field === '') return undefined
    if (typeof field === 'string') return field
    throw new TypeError(`${whoHas} a value for ${name} that is ${typeName(field)}, not a string`)
  }
  const required = (name: string): string => {
    const field = text(name)
    if (field === undefined) throw new TypeError(`${whoHas} no ${name}`)
    return field
  }
  const sessionToken = text('sessionToken')
  keepSecret(text('secretAccessKey'), sessionToken)
  const expiration = endOf(fields, whoHas)
  // Without a prototype, so that nothing is read from a polluted `Object.prototype`.
  return Object.assign(Object.create(null), {
    accessKeyId: required('accessKeyId'),
    secretAccessKey: required('secretAccessKey'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration }),
  })
}

/**
 * If the EC2 metadata service returns expired credentials, the SDK extends their expiration ("static stability"), and
 * keeps the real one as `originalExpiration`. RDS uses the real one.
 */
function endOf(fields: Readonly<Record<string, unknown>>, whoHas: string): Date | undefined {
  const end = fieldOf(fields, 'originalExpiration') ?? fieldOf(fields, 'expiration')
  if (end === undefined) return undefined
  if (!types.isDate(end)) {
    throw new TypeError(`${whoHas} a value for expiration that is ${typeName(end)}, not a Date`)
  }
  // The SDK turns an invalid AWS_CREDENTIAL_EXPIRATION into an invalid Date.
  return Number.isNaN(end.getTime()) ? undefined : end
}

/** Accepts the getters of a user's class, but nothing from a polluted `Object.prototype`. */
function fieldOf(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  const value = fields[name]
  return Object.hasOwn(fields, name) || value !== Reflect.get(Object.prototype, name) ? value : undefined
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
