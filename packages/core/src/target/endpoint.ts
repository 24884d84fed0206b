// Combines options, URL and environment into one endpoint: what a token is signed for, and where to dial.
import type { Origin } from '../errors.ts'
import type { Problems } from '../problems.ts'
import { checkDsql, DSQL_DATABASE, refuseVpcEndpoint } from './dsql.ts'
import { DEFAULT, DEFAULT_PORTS, OPTION, readEngine, urlOf } from './engine.ts'
import { type Environment, VARIABLES, variable } from './environment.ts'
import { ownOptions } from './own-options.ts'
import { type EndpointKind, parseRdsHost } from './rds-host.ts'
import { regionOf } from './region.ts'
import type { Engine, IamTarget } from './target.ts'
import { NO_URL } from './url.ts'
import { hostOf, portOf, type Sourced, textOf } from './values.ts'
import { type DialAddress, viaOf } from './via.ts'

/** What a token is signed for, and where to dial. */
export interface Endpoint {
  /** The protocol. */
  readonly engine: Engine
  /** Lower case, without a trailing dot; an IPv6 address without brackets. */
  readonly host: string
  /** Signed along with the host, except for Aurora DSQL. */
  readonly port: number
  /** The database user, whom the token is signed for. For Aurora DSQL, it only says whether that is `admin`. */
  readonly user: string
  /** The database, if one was named; for Aurora DSQL, `postgres` if none was. */
  readonly database: string | undefined
  /** The AWS region that the token is signed for. */
  readonly region: string
  /** The kind of endpoint, from the host name; undefined if it isn't the name of an endpoint of RDS or Aurora DSQL. */
  readonly kind: EndpointKind | undefined
  /** Where to dial instead of `host:port`. */
  readonly via: DialAddress | undefined
}

/** The parts of an endpoint that could be read. */
export type EndpointParts = Partial<Omit<Endpoint, 'kind'>>

/** Where each of these parts came from. */
export type Origins = { readonly [part in keyof EndpointParts]: Origin }

/** The endpoint, if nothing is wrong, and the other parameters in the URL's query. */
export interface EndpointReading {
  readonly endpoint: Endpoint | undefined
  readonly parts: EndpointParts
  readonly origins: Origins
  readonly engine: Engine | undefined
  readonly region: string | undefined
  readonly kind: EndpointKind | undefined
  /** Where the URL came from. */
  readonly urlFrom: Origin
  readonly params: ReadonlyMap<string, string>
}

/**
 * Finds the endpoint of a target's own fields. Adds what is wrong to `problems`, and the endpoint is undefined then.
 * `expected` is the engine of a driver with only one. The fields in `misnamed` were written under another name, which
 * is a separate problem.
 */
export function readEndpoint(
  target: IamTarget,
  problems: Problems,
  env: Environment,
  expected?: Engine,
  misnamed: ReadonlySet<string> = new Set(),
): EndpointReading {
  const read = urlOf(target, env, problems)
  const url = misnamed.has('url') ? { ...NO_URL, from: OPTION, ...read, broken: true } : read
  const urlOrigin: Origin = { from: 'url', ...(target.url === undefined ? { name: 'DATABASE_URL' } : {}) }
  const [engine, engineOrigin] = readEngine(target, url, urlOrigin, expected, env, problems)
  const find = (option: 'host' | 'port' | 'user' | 'database'): Sourced => {
    if (target[option] !== undefined) return { option, value: target[option], from: OPTION }
    if (url?.[option] !== undefined) return { option, value: url[option], from: urlOrigin }
    const name = engine && VARIABLES[engine][option]
    const value = name && variable(env, name)
    if (name && value) return { option, value, from: { from: 'environment', name } }
    return { option, value, from: DEFAULT, excused: url?.broken === true || misnamed.has(option) }
  }

  const found = { host: find('host'), port: find('port'), user: find('user'), database: find('database') }
  const host = hostOf(found.host, problems)
  const port = portOf(found.port, problems) ?? (engine && DEFAULT_PORTS[engine])
  const user = textOf(found.user, problems, 'name the database user who logs in with IAM')
  const rds = host === undefined ? undefined : parseRdsHost(host)
  const kind = rds?.kind
  const isDsql = kind === 'dsql'
  const database = textOf(found.database, problems) ?? (isDsql ? DSQL_DATABASE : undefined)
  if (isDsql) checkDsql(found.host, found.port, [engine, engineOrigin], problems)
  else if (!rds) refuseVpcEndpoint(found.host, problems)
  const [region, regionOrigin] = regionOf(target, host, rds?.region, env, problems)
  const [via, viaOrigin] = viaOf(target, port, env, problems)

  const complete =
    engine && host !== undefined && port !== undefined && user !== undefined && region !== undefined
  const endpoint = complete ? { engine, host, port, user, database, region, kind, via } : undefined
  const origins: Origins = {
    engine: engineOrigin,
    host: found.host.from,
    port: found.port.from,
    user: found.user.from,
    database: found.database.from,
    region: regionOrigin,
    via: viaOrigin,
  }
  const parts: EndpointParts = ownOptions({ engine, host, port, user, database, region, via })
  const urlFrom = url?.from ?? DEFAULT
  const params = url?.params ?? new Map<string, string>()
  return { endpoint, parts, origins, engine, region, kind, urlFrom, params }
}
