// Finds a target's engine, and where it came from.
import { type Origin, shown } from '../errors.ts'
import { Problems } from '../problems.ts'
import { type Environment, VARIABLES, variable } from './environment.ts'
import { isOptions, ownOptions } from './own-options.ts'
import { parseRdsHost } from './rds-host.ts'
import type { Engine, IamTarget } from './target.ts'
import { parseUrl, type UrlParts } from './url.ts'
import { hostName } from './values.ts'

export const OPTION: Origin = { from: 'option' }
export const DEFAULT: Origin = { from: 'default' }

/**
 * The default port of each engine.
 *
 * @example
 * ```ts
 * import { DEFAULT_PORTS } from '@rds-iam/core'
 *
 * DEFAULT_PORTS.postgres // 5432
 * ```
 */
export const DEFAULT_PORTS: Readonly<Record<Engine, number>> = { postgres: 5432, mysql: 3306 }

/**
 * The engine of a target, from `engine`, the URL, a host of Aurora DSQL, the port or the environment; undefined if none of
 * them implies one. For code that serves both engines.
 *
 * @example
 * ```ts
 * import { engineOf } from '@rds-iam/core'
 *
 * const client = engineOf() === 'mysql' ? 'mysql2' : 'pg'
 * ```
 */
export function engineOf(target: IamTarget = {}): Engine | undefined {
  if (!isOptions(target)) return undefined // reading the whole target reports this error
  const { env } = process
  const own = ownOptions(target)
  const problems = new Problems()
  return readEngine(own, urlOf(own, env, problems), DEFAULT, undefined, env, problems)[0]
}

/** DATABASE_URL is used only if nothing else names the server. */
export function urlOf(target: IamTarget, env: Environment, problems: Problems): UrlParts | undefined {
  if (target.url !== undefined) return parseUrl(target.url, OPTION, problems)
  const found = target.host === undefined ? variable(env, 'DATABASE_URL') : undefined
  return found === undefined
    ? undefined
    : parseUrl(found, { from: 'environment', name: 'DATABASE_URL' }, problems)
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
    problems.add({
      option: 'engine',
      seen: `${shown(engine)} is not an engine`,
      instead: "write 'postgres' or 'mysql'",
    })
    return nothing
  }
  const said = engine ?? url?.engine
  if (expected !== undefined && said !== undefined && said !== expected) {
    problems.add({
      option: 'engine',
      from: engine === undefined ? urlOrigin : OPTION,
      seen: `is ${said}, but this driver speaks ${expected}`,
      instead: `use a driver for ${said}`,
    })
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
  if (isDsql(target.host ?? url?.host)) return ['postgres', { from: 'host' }]
  if (byPort) return [byPort, { from: 'port' }]
  if (byVariable) return [byVariable, { from: 'environment', name: VARIABLES[byVariable].host }]
  if (!url?.broken) {
    problems.add({
      option: 'engine',
      seen: 'is missing, and neither a URL nor a port implies it',
      instead: [
        'write ',
        { option: 'engine', value: 'postgres' },
        ' or ',
        { option: 'engine', value: 'mysql' },
      ],
    })
  }
  return nothing
}

function isDsql(host: unknown): boolean {
  return parseRdsHost(hostName(host) ?? '')?.kind === 'dsql'
}

function engineOfVariables(target: IamTarget, env: Environment): Engine | undefined {
  const [postgres, mysql] = [variable(env, 'PGHOST'), variable(env, 'MYSQL_HOST')]
  if (target.host !== undefined || (postgres === undefined) === (mysql === undefined)) return undefined
  return postgres === undefined ? 'mysql' : 'postgres'
}
