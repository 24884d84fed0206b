// Turns a scenario's results into comparable text, which shows classes and distinguishes undefined from absent.
import { inspect } from 'node:util'

/** A result without the parts that always differ: ports, connection IDs and times. */
export function shown(result: unknown, port: number): string {
  const text = inspect(result, {
    depth: 20,
    maxArrayLength: null,
    maxStringLength: null,
    sorted: true,
    breakLength: 100,
  })
  return text
    .replaceAll(new RegExp(`\\b${port}\\b`, 'g'), '<port>')
    .replaceAll(/\(conn:\d+,/g, '(conn:<id>,')
    .replaceAll(/\b\d+ ?ms\b|(?<=timeTaken: )\d+/g, '<time>')
}

/** The error that `act` fails with, as a caller sees it. */
export async function failureOf(act: () => unknown): Promise<unknown> {
  let result: unknown
  try {
    result = await act()
  } catch (error) {
    return seenOf(error)
  }
  throw new Error(`expected a failure, got ${inspect(result)}`)
}

/** An error without its stack: its class, its message, and all its properties. */
export function seenOf(error: unknown): unknown {
  if (Array.isArray(error)) return error.map(seenOf)
  if (typeof error === 'object' && error?.constructor === Object) {
    return Object.fromEntries(Object.entries(error).map(([name, value]) => [name, seenOf(value)]))
  }
  if (!(error instanceof Error)) return error
  const own: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(error)) {
    if (name !== 'stack') own[name] = seenOf(value)
  }
  return {
    ...own,
    class: error.constructor.name,
    name: error.name,
    message: error.message,
    ...(error.cause === undefined ? {} : { cause: seenOf(error.cause) }),
    // The modules that a caller can import the error class from.
    of: classesOf(error),
  }
}

/**
 * The parts of a rejected login's error that are the same both ways. The message and PostgreSQL's code differ on RDS,
 * and our error has a property `iam`.
 */
export async function rejectionOf(act: () => unknown): Promise<unknown> {
  const failure = Object(await failureOf(act))
  const { iam: _, message, ...others } = failure
  const own = ['code', 'file', 'length', 'line', 'routine', 'sqlMessage', 'driverError']
  const mysql = String(others.code).startsWith('ER_')
  return {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !own.includes(name))),
    code: mysql ? others.code : 'of PostgreSQL',
    said: String(message).length > 0,
  }
}

function classesOf(error: object): string[] {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(error); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    names.push(at.constructor.name)
  }
  return names
}
