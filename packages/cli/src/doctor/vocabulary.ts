// What steps, causes and pages share: fault codes, limits and formats.
import { type Engine, parseRdsHost } from '@rds-iam/core'

/** RDS accepts tokens dated up to this far in the future, in milliseconds. */
export const CLOCK_AHEAD_LIMIT_MS = 300_000
/**
 * How far this machine's clock may be off, in milliseconds. Tokens are used until they have one minute left, so with a
 * clock that is further behind, some of them expire too early.
 */
export const CLOCK_TOLERANCE_MS = 60_000

/** The prefix of a fault's code if STS refused to let a role be assumed. STS's own code follows. */
export const ASSUMING_ROLE = 'AssumeRole:'
/** The code of a fault if the project's driver can't be loaded. */
export const BROKEN_DRIVER = 'driver'
/** The code of the fault that a writer endpoint points to a read-only server. It is PostgreSQL's SQLSTATE. */
export const READ_ONLY = '25006'

export interface Driver {
  readonly name: string
  /** The module to import. */
  readonly entry: string
}

export const DRIVERS: Readonly<Record<Engine, Driver>> = {
  postgres: { name: 'pg', entry: 'pg' },
  mysql: { name: 'mysql2', entry: 'mysql2/promise' },
}

/** Uses the largest unit of which there are at least two. */
const UNITS = [
  [365.25 * 86_400, 'years'],
  [86_400, 'days'],
  [60, 'min'],
] as const

/** The difference between two clocks: `61 min behind`. */
export function clockDifference(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1000
  const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, 's']
  return `${Math.round(seconds / size)} ${unit} ${aheadMs < 0 ? 'behind' : 'ahead of'}`
}

/** The RDS endpoint that a name is an alias of. */
export function endpointBehind(host: string | undefined, cnames: readonly string[]): string | undefined {
  return host === undefined || parseRdsHost(host) ? undefined : cnames.find((name) => parseRdsHost(name))
}

/** The host in the form to write before a port: IPv6 addresses need brackets. */
export function hostBeforePort(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

export function firstLine(text: string): string {
  return text.replace(/\n.*/s, '')
}
