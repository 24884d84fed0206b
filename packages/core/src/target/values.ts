// Checks the values of an endpoint: host, port, and names.
import { isIP } from 'node:net'
import { type Origin, type Phrase, type Problem, shown } from '../errors.ts'
import type { Problems } from '../problems.ts'

/** A value, and its option. */
export interface Sourced extends Pick<Problem, 'option'> {
  readonly value: unknown
  readonly from: Origin
  /** Whether it may be missing, because the URL that may contain it could not be read. */
  readonly excused?: boolean
}

/** What a message calls a value. */
function named({ option, from }: Sourced): Pick<Problem, 'option' | 'from'> {
  return { option, from }
}

const WRITE_HOST: Phrase = [
  'write the RDS endpoint as ',
  { option: 'host' },
  ', or set DATABASE_URL, PGHOST or MYSQL_HOST',
]

export function hostOf(host: Sourced, problems: Problems): string | undefined {
  const { value, excused } = host
  if (excused) return undefined
  if (value === undefined || value === '')
    return problems.add({ ...named(host), seen: 'is missing', instead: WRITE_HOST })
  const name = hostName(value)
  if (name !== undefined) return name
  return problems.add({
    ...named(host),
    seen: `${shown(value)} is not a host name`,
    instead: typeof value === 'string' ? partsOf(value) : 'write the RDS endpoint',
  })
}

/** Where to write the parts that don't belong in a host name. */
function partsOf(host: string): Phrase {
  if (host.includes('://')) return ['write it as ', { option: 'url' }]
  if (/^[^:]*:\d+$/.test(host)) return ['write the part after the colon as ', { option: 'port' }]
  return 'write the RDS endpoint'
}

export function portOf(port: Sourced, problems: Problems): number | undefined {
  if (port.value === undefined) return undefined
  const number = portNumber(port.value)
  if (number !== undefined) return number
  return problems.add({
    ...named(port),
    seen: `${shown(port.value)} is not a port`,
    instead: 'write a whole number from 1 to 65535',
  })
}

/** Accepts text too: ports often come from the environment. */
export function portNumber(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined
}

export function textOf(text: Sourced, problems: Problems, wanted?: string): string | undefined {
  const { value, excused } = text
  if (value === undefined || value === '') {
    if (wanted === undefined || excused) return undefined
    return problems.add({ ...named(text), seen: 'is missing', instead: wanted })
  }
  if (typeof value !== 'string')
    return problems.add({ ...named(text), seen: `${shown(value)} is not a name`, instead: 'write a string' })
  // A NUL ends a name in both protocols, and what follows it would be read as something else.
  if (!value.includes('\0') && value.isWellFormed()) return value
  const seen = `${shown(value)} contains a character that names can't contain`
  return problems.add({ ...named(text), seen, instead: 'remove it' })
}

/** RDS compares the name with the signed one, so it must have a single form. */
export function hostName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const host = value
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  const bracketed = `http://[${host}]`
  // URL normalizes an IPv6 address, but doesn't accept one with a zone.
  if (ipVersion(host) === 6) return URL.canParse(bracketed) ? new URL(bracketed).hostname.slice(1, -1) : host
  return ipVersion(host) === 4 || isHostName(host) ? host : undefined
}

function isHostName(name: string): boolean {
  return (
    name.length <= 253 &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  )
}

/**
 * The same as Node's `isIP()`, which compiles its regular expression for IPv6 for 7 ms. A name with a letter beyond f
 * doesn't need it.
 */
export function ipVersion(host: string): number {
  return /^[^%]*[g-zG-Z]/.test(host) ? 0 : isIP(host)
}
