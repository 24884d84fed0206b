// Which engine a target means, and where that was said.
import { Problems, shown } from './errors.ts'
import type { Engine, IamTarget } from './target.ts'
import { parseUrl, type UrlParts } from './url.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Where a value came from. */
export interface Origin {
  /**
   * `'option'`: the target's own field. `'url'`: the URL. `'environment'`: a variable. `'driver'`: the driver, which
   * speaks one engine only. `'host'`, `'port'`: told by the host's name, by the port. `'profile'`: the shared AWS
   * config. `'default'`: said nowhere.
   */
  readonly from: 'option' | 'url' | 'environment' | 'driver' | 'host' | 'port' | 'profile' | 'default'
  /** The variable's name, which for a URL is `DATABASE_URL`, or the profile's. */
  readonly name?: string
}

export const OPTION: Origin = { from: 'option' }
export const DEFAULT: Origin = { from: 'default' }

export const DEFAULT_PORTS = { postgres: 5432, mysql: 3306 } as const

export const VARIABLES = {
  postgres: { host: 'PGHOST', port: 'PGPORT', user: 'PGUSER', database: 'PGDATABASE' },
  mysql: { host: 'MYSQL_HOST', port: 'MYSQL_TCP_PORT', user: 'MYSQL_USER', database: 'MYSQL_DATABASE' },
} as const

/**
 * The engine of a target, told by `engine`, the URL, the port or the environment; undefined if none tells. For
 * code that serves both.
 *
 * @example
 * ```ts
 * import { engineOf } from '@rds-iam/core'
 *
 * const client = engineOf() === 'mysql' ? 'mysql2' : 'pg'
 * ```
 */
export function engineOf(target: IamTarget = {}): Engine | undefined {
  const { env } = process
  const problems = new Problems()
  return readEngine(target, urlOf(target, env, problems), DEFAULT, undefined, env, problems)[0]
}

/** DATABASE_URL counts only where nothing else says which server is meant. */
export function urlOf(target: IamTarget, env: Environment, problems: Problems): UrlParts | undefined {
  if (target.url !== undefined) return parseUrl(target.url, 'url', problems)
  const fromEnv = env.DATABASE_URL
  return target.host === undefined && fromEnv
    ? parseUrl(fromEnv, 'url (from DATABASE_URL)', problems)
    : undefined
}

export function readEngine(
  target: IamTarget,
  url: UrlParts | undefined,
  urlOrigin: Origin,
  expected: Engine | undefined,
  env: Environment,
  problems: Problems,
): readonly [engine: Engine | undefined, origin: Origin] {
  const { engine } = target
  const nothing = [undefined, DEFAULT] as const
  if (engine !== undefined && engine !== 'postgres' && engine !== 'mysql') {
    problems.add('engine', `${shown(engine)} is not known; write 'postgres' or 'mysql'`)
    return nothing
  }
  const said = engine ?? url?.engine
  if (expected !== undefined && said !== undefined && said !== expected) {
    const where = engine === undefined ? "the URL's scheme" : shown(engine)
    problems.add(
      'engine',
      `${where} is ${said}, but this driver speaks ${expected}; use the config of a ${said} driver`,
    )
    return nothing
  }
  const given: unknown = target.port ?? url?.port
  const port = typeof given === 'string' ? Number(given) : given
  const byPort =
    port === DEFAULT_PORTS.postgres ? 'postgres' : port === DEFAULT_PORTS.mysql ? 'mysql' : undefined
  const byVariable = engineOfVariables(target, env)
  if (engine) return [engine, OPTION]
  if (url?.engine) return [url.engine, urlOrigin]
  if (expected) return [expected, { from: 'driver' }]
  if (byPort) return [byPort, { from: 'port' }]
  if (byVariable) return [byVariable, { from: 'environment', name: VARIABLES[byVariable].host }]
  if (!url?.broken) {
    problems.add('engine', "can't be told from a URL or a port; write engine: 'postgres' or engine: 'mysql'")
  }
  return nothing
}

function engineOfVariables(target: IamTarget, env: Environment): Engine | undefined {
  const postgres = Boolean(env.PGHOST)
  if (target.host !== undefined || postgres === Boolean(env.MYSQL_HOST)) return undefined
  return postgres ? 'postgres' : 'mysql'
}
