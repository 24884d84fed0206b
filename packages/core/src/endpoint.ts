// Options, URL and environment become one endpoint: what a token is signed for, and where to dial.
import { isIP } from 'node:net'
import { Problems, shown } from './errors.ts'
import { profileRegion } from './profile.ts'
import { type EndpointKind, isRegion, parseRdsHost } from './rds-host.ts'
import type { Engine, IamTarget } from './target.ts'
import { parseUrl, type UrlParts } from './url.ts'

/** What a token is signed for, and where to dial. */
export interface Endpoint {
  readonly engine: Engine
  /** Lower case, without a trailing dot; an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string | undefined
  readonly region: string
  /** What the host's name says it is; undefined if it is not the name of an RDS endpoint. */
  readonly kind: EndpointKind | undefined
  /** Where to dial instead of `host:port`. */
  readonly via: DialAddress | undefined
}

/** An address as `net.connect` takes it. */
export type DialAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export type Environment = Readonly<Record<string, string | undefined>>

/** The endpoint, if nothing is wrong, and what the URL's query holds besides. */
export interface EndpointReading {
  readonly endpoint: Endpoint | undefined
  readonly engine: Engine | undefined
  readonly region: string | undefined
  readonly params: ReadonlyMap<string, string>
}

const DEFAULT_PORTS = { postgres: 5432, mysql: 3306 } as const

const VARIABLES = {
  postgres: { host: 'PGHOST', port: 'PGPORT', user: 'PGUSER', database: 'PGDATABASE' },
  mysql: { host: 'MYSQL_HOST', port: 'MYSQL_TCP_PORT', user: 'MYSQL_USER', database: 'MYSQL_DATABASE' },
} as const

/** A value, and what to call it in a message: `port`, or `port (from PGPORT)`. */
interface Sourced {
  readonly value: unknown
  readonly option: string
  /** Whether it may be missing, because the URL that would hold it could not be read. */
  readonly excused?: boolean
}

/**
 * Finds the endpoint. `expected` is what the binding speaks, if it speaks one engine only.
 * Whatever is wrong goes to `problems`, and the endpoint is undefined then.
 */
export function readEndpoint(
  target: IamTarget,
  expected: Engine | undefined,
  problems: Problems,
  env: Environment,
): EndpointReading {
  const url = urlOf(target, env, problems)
  const engine = engineOf(target, url, expected, env, problems)
  const find = (name: 'host' | 'port' | 'user' | 'database'): Sourced => {
    const variable = engine && VARIABLES[engine][name]
    if (target[name] !== undefined) return { value: target[name], option: name }
    if (url?.[name] !== undefined) return { value: url[name], option: `${name} (from the URL)` }
    const value = variable && env[variable]
    return value
      ? { value, option: `${name} (from ${variable})` }
      : { value: undefined, option: name, excused: url?.broken === true }
  }

  const host = hostOf(find('host'), problems, 'the RDS endpoint, or set DATABASE_URL, PGHOST or MYSQL_HOST')
  const port = portOf(find('port'), problems) ?? (engine && DEFAULT_PORTS[engine])
  const user = textOf(find('user'), problems, 'the database user who is enabled for IAM login')
  const database = textOf(find('database'), problems)
  const rds = host === undefined ? undefined : parseRdsHost(host)
  const region = regionOf(target, host, rds?.region, env, problems)
  const via = viaOf(target, port, env, problems)

  const complete =
    engine && host !== undefined && port !== undefined && user !== undefined && region !== undefined
  const endpoint = complete ? { engine, host, port, user, database, region, kind: rds?.kind, via } : undefined
  return { endpoint, engine, region, params: url?.params ?? new Map() }
}

/** The engine that a target says, in any of the ways that it may; undefined if in none, or wrongly. */
export function findEngine(target: IamTarget, env: Environment): Engine | undefined {
  const problems = new Problems()
  return engineOf(target, urlOf(target, env, problems), undefined, env, problems)
}

/** DATABASE_URL counts only where nothing else says which server is meant. */
function urlOf(target: IamTarget, env: Environment, problems: Problems): UrlParts | undefined {
  if (target.url !== undefined) return parseUrl(target.url, 'url', problems)
  const fromEnv = env.DATABASE_URL
  return target.host === undefined && fromEnv
    ? parseUrl(fromEnv, 'url (from DATABASE_URL)', problems)
    : undefined
}

function engineOf(
  target: IamTarget,
  url: UrlParts | undefined,
  expected: Engine | undefined,
  env: Environment,
  problems: Problems,
): Engine | undefined {
  const { engine } = target
  if (engine !== undefined && engine !== 'postgres' && engine !== 'mysql') {
    return problems.add('engine', `${shown(engine)} is not known; write 'postgres' or 'mysql'`)
  }
  const said = engine ?? url?.engine
  if (expected !== undefined && said !== undefined && said !== expected) {
    const where = engine === undefined ? "the URL's scheme" : shown(engine)
    return problems.add(
      'engine',
      `${where} is ${said}, but this driver speaks ${expected}; use the config of a ${said} driver`,
    )
  }
  const port = Number(target.port ?? url?.port)
  return (
    said ??
    expected ??
    (port === DEFAULT_PORTS.postgres ? 'postgres' : port === DEFAULT_PORTS.mysql ? 'mysql' : undefined) ??
    engineOfVariables(target, env) ??
    (url?.broken
      ? undefined
      : problems.add(
          'engine',
          "can't be told from a URL or a port; write engine: 'postgres' or engine: 'mysql'",
        ))
  )
}

function engineOfVariables(target: IamTarget, env: Environment): Engine | undefined {
  const postgres = Boolean(env.PGHOST)
  if (target.host !== undefined || postgres === Boolean(env.MYSQL_HOST)) return undefined
  return postgres ? 'postgres' : 'mysql'
}

function hostOf({ value, option, excused }: Sourced, problems: Problems, wanted: string): string | undefined {
  if (excused) return undefined
  if (value === undefined || value === '') return problems.add(option, `is missing; write ${wanted}`)
  if (typeof value !== 'string')
    return problems.add(option, `${shown(value)} is no host name; write ${wanted}`)
  // RDS compares the name with the one that was signed, so there must be one form of it.
  const host = value
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  if (isIP(host) !== 0 || isHostName(host)) return host
  const colon = host.indexOf(':')
  const hint = /^:\d+$/.test(host.slice(colon)) ? `write the part after the colon as port` : `write ${wanted}`
  return problems.add(option, `${shown(value)} is no host name; ${hint}`)
}

function isHostName(name: string): boolean {
  return (
    name.length <= 253 &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  )
}

function portOf({ value, option }: Sourced, problems: Problems): number | undefined {
  if (value === undefined) return undefined
  // Text is taken too: ports often come from the environment.
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  return problems.add(option, `${shown(value)} is out of range; write a whole number from 1 to 65535`)
}

function textOf(
  { value, option, excused }: Sourced,
  problems: Problems,
  wanted?: string,
): string | undefined {
  if (value === undefined || value === '') {
    return wanted === undefined || excused ? undefined : problems.add(option, `is missing; write ${wanted}`)
  }
  return typeof value === 'string' ? value : problems.add(option, `${shown(value)} is no text; write a name`)
}

function regionOf(
  target: IamTarget,
  host: string | undefined,
  hosts: string | undefined,
  env: Environment,
  problems: Problems,
): string | undefined {
  const { region } = target
  if (region !== undefined && hosts !== undefined && region !== hosts) {
    return problems.add(
      'region',
      `${shown(region)} is not the region in the host's name; leave it out, or write '${hosts}'`,
    )
  }
  const found =
    region ?? hosts ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || profileRegion(target.profile, env))
  if (found !== undefined && isRegion(String(found))) return found
  if (found !== undefined)
    return problems.add('region', `${shown(found)} is no region; write one like 'eu-central-1'`)
  if (host === undefined) return undefined // the name that is missing may well hold the region
  return problems.add('region', `is missing, and ${shown(host)} names none; write region, or set AWS_REGION`)
}

function viaOf(
  target: IamTarget,
  endpointPort: number | undefined,
  env: Environment,
  problems: Problems,
): DialAddress | undefined {
  const via = target.via ?? (env.RDS_IAM_VIA || undefined)
  const name = target.via === undefined ? 'via (from RDS_IAM_VIA)' : 'via'
  if (via === undefined) return undefined
  if (typeof via === 'string' && /^(\/|\\\\)/.test(via)) return { path: via } // a Unix socket, or a Windows pipe
  const { host, port }: { host?: unknown; port?: unknown } = typeof via === 'string' ? splitAddress(via) : via
  const dialHost = hostOf({ value: host, option: name }, problems, "'host:port' of the tunnel")
  const dialPort = portOf({ value: port, option: name }, problems) ?? endpointPort
  return dialHost === undefined || dialPort === undefined ? undefined : { host: dialHost, port: dialPort }
}

/** `host:port`, `[v6]:port`, or either without a port; whatever else is left to fail as a host. */
function splitAddress(address: string): { host: string; port: string | undefined } {
  const colon = address.lastIndexOf(':')
  const port = address.slice(colon + 1)
  const host = address.slice(0, colon)
  const separates = colon !== -1 && /^\d+$/.test(port) && (!host.includes(':') || host.endsWith(']'))
  return separates ? { host, port } : { host: address, port: undefined }
}
