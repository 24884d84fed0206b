// The driver's own options: passed next to ours, or as parameters of the URL.
import { type Origin, type Problem, shown } from '../errors.ts'
import type { Problems } from '../problems.ts'
import type { EndpointReading } from '../target/endpoint.ts'
import type { Engine, IamTarget } from '../target/target.ts'
import { isTargetOption, refuseUnknown } from './option-names.ts'

/** The properties of a binding's driver. */
export interface Driver {
  readonly engine: Engine
  /** The options that would bypass the token, each with what to write instead. */
  readonly refused: Readonly<Record<string, Refusal>>
  /** The URL parameters that it knows, each as an entry of its options. */
  readonly params: Readonly<Record<string, (value: string) => readonly [option: string, value: unknown]>>
}

export type Refusal = Pick<Problem, 'seen' | 'instead'>

export const NO_PASSWORD: Refusal = { seen: 'is not used', instead: 'remove it: a token takes its place' }

/**
 * Parameters that Prisma documents. Drivers ignore them, so that one URL serves Prisma's CLI and its client.
 * https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments, …/mysql#arguments
 */
const PRISMA_PARAMS: ReadonlySet<string> = new Set([
  'application_name',
  'channel_binding',
  'connect_timeout',
  'connection_limit',
  'max_connection_lifetime',
  'max_idle_connection_lifetime',
  'options',
  'pgbouncer',
  'pool_timeout',
  'schema',
  'single_use_connections',
  'socket_timeout',
  'statement_cache_size',
])

/** Prisma's parameters that MySQL's drivers call by another name. */
export const PRISMA_MYSQL_PARAMS: Driver['params'] = {
  connection_limit: (value) => ['connectionLimit', Number(value)],
  connect_timeout: (value) => ['connectTimeout', Number(value) * 1000],
}

/** Reads a target's own fields, and the parameters of its URL. */
export function readDriverOptions(
  target: IamTarget,
  { engine, params, urlFrom }: Pick<EndpointReading, 'engine' | 'params' | 'urlFrom'>,
  driver: Driver | undefined,
  problems: Problems,
): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = Object.create(null)
  if (driver) readParams(params, urlFrom, driver, options, problems)
  for (const [name, value] of Object.entries(target)) if (!isTargetOption(name)) options[name] = value
  const refused: Driver['refused'] = { password: NO_PASSWORD, ...driver?.refused }
  for (const [option, refusal] of Object.entries(refused)) {
    if (Object.hasOwn(target, option)) problems.add({ option, ...refusal })
  }
  // Without an engine, the driver may not be known yet.
  if (!driver && engine) refuseUnknown(options, refused, problems)
  const { stream } = options
  if (driver && stream !== undefined && !isStream(stream)) {
    const seen = `${shown(stream)} is not a function`
    problems.add({ option: 'stream', seen, instead: 'write one that returns a socket' })
  }
  return options
}

function readParams(
  params: ReadonlyMap<string, string>,
  from: Origin,
  driver: Driver,
  options: Record<string, unknown>,
  problems: Problems,
): void {
  const fail = (refusal: Refusal): undefined => problems.add({ option: 'url', from, ...refusal })
  for (const [name, value] of params) {
    const read = Object.hasOwn(driver.params, name) ? driver.params[name] : undefined
    if (!read) {
      if (PRISMA_PARAMS.has(name)) continue
      fail({
        seen: `parameter ${name} is not known here`,
        instead: 'remove it, or pass it as an option of the driver',
      })
      continue
    }
    const [option, converted] = read(value)
    if (Number.isNaN(converted))
      fail({ seen: `parameter ${name} is ${shown(value)}`, instead: 'write a number' })
    options[option] = converted
  }
}

/** pg and mysql2 also take a socket. */
function isStream(stream: unknown): boolean {
  return typeof stream === 'function' || typeof Object(stream).write === 'function'
}
