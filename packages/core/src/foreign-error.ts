// Errors that others throw: the reason in words, and a safe copy to use as the cause of our errors.
import { types } from 'node:util'
import { safeText } from './safe-text.ts'

/** The properties that programs read from errors of Node.js, the AWS SDK and servers. None of them may hold a secret. */
const FIELDS: readonly string[] = [
  'code',
  'errno',
  'syscall',
  'hostname',
  'address',
  'port',
  'path',
  'statusCode',
  'Code',
  '$fault',
]
const MAX_DEPTH = 4
const MAX_ERRORS = 8
const MAX_FRAMES = 30

/** The reason of a thrown value, in one line. The value doesn't have to be an error. */
export function reasonOf(thrown: unknown): string {
  if (typeof thrown === 'string') return safeText(JSON.stringify(thrown))
  if (typeof thrown === 'function') return 'a function'
  if (typeof thrown !== 'object' || thrown === null) return safeText(String(thrown))
  const message = safeText(textOf(thrown, 'message'))
  if (message !== '') return message
  const [first] = errorsOf(thrown) // of an AggregateError, which Node throws without a message
  if (first !== undefined) return reasonOf(first)
  const code = safeText(textOf(thrown, 'code') || textOf(thrown, 'name'), 100)
  // Of other objects, only the names of their properties are shown: the values may be keys.
  return code || `an object with ${safeText(Object.keys(thrown).join(', '), 200) || 'nothing in it'}`
}

/** A copy without secrets: the AWS SDK's errors refer to the request, and any error may have extra fields, such as keys. */
export function safeCause(thrown: unknown, depth = 1): unknown {
  if (typeof thrown === 'string') return safeText(thrown)
  if (typeof thrown === 'function') return undefined
  if (typeof thrown !== 'object' || thrown === null) return thrown
  const name = (types.isNativeError(thrown) && safeText(textOf(thrown, 'name'), 100)) || 'Error'
  const message = reasonOf(thrown)
  const frames = textOf(thrown, 'stack')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  const stack = [`${name}: ${message}`, ...frames.slice(0, MAX_FRAMES).map(frameText)].join('\n')
  const copy = Object.defineProperties(new Error(message), { name: hidden(name), stack: hidden(stack) })
  for (const field of FIELDS) {
    const value = read(thrown, field)
    if (typeof value === 'string') Object.assign(copy, { [field]: safeText(value, 300) })
    else if (typeof value === 'number') Object.assign(copy, { [field]: value })
  }
  const metadata = read(thrown, '$metadata') // the AWS SDK's errors of a request have it, answered or not
  if (metadata !== undefined) {
    const status = read(Object(metadata), 'httpStatusCode')
    Object.assign(copy, { $metadata: typeof status === 'number' ? { httpStatusCode: status } : {} })
  }
  if (depth === MAX_DEPTH) return copy
  const cause = read(thrown, 'cause')
  const errors = errorsOf(thrown)
  return Object.defineProperties(copy, {
    ...(cause !== undefined && { cause: hidden(safeCause(cause, depth + 1)) }),
    ...(errors.length > 0 && { errors: hidden(errors.map((error) => safeCause(error, depth + 1))) }),
  })
}

function frameText(line: string): string {
  return `    ${safeText(line, 500)}`
}

/** Not enumerable, like an error's own properties, so that they are printed only once. */
function hidden(value: unknown): PropertyDescriptor {
  return { value, enumerable: false, configurable: true, writable: true }
}

function errorsOf(thrown: object): readonly unknown[] {
  const errors = read(thrown, 'errors')
  return Array.isArray(errors) ? errors.slice(0, MAX_ERRORS) : []
}

function textOf(thrown: object, name: string): string {
  const value = read(thrown, name)
  return typeof value === 'string' ? value : ''
}

/** A property may be a getter that throws. */
function read(thrown: object, name: string): unknown {
  try {
    return Reflect.get(thrown, name)
  } catch {
    return undefined
  }
}
