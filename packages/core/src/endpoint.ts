// Options, URL and environment become one endpoint: what a token is signed for, and where to dial.
import { isIP } from 'node:net'
import {
  DEFAULT,
  DEFAULT_PORTS,
  type Environment,
  OPTION,
  type Origin,
  readEngine,
  urlOf,
  VARIABLES,
} from './engine.ts'
import { type Problems, shown } from './errors.ts'
import { profileName, profileRegion } from './profile.ts'
import { type EndpointKind, isRegion, parseRdsHost } from './rds-host.ts'
import type { Engine, IamTarget } from './target.ts'

/** What a token is signed for, and where to dial. */
export interface Endpoint {
  /** Which protocol it speaks. */
  readonly engine: Engine
  /** Lower case, without a trailing dot; an IPv6 address without brackets. */
  readonly host: string
  /** Signed along with the host. */
  readonly port: number
  /** The database user, whom the token is signed for. */
  readonly user: string
  /** The database, if one was named. */
  readonly database: string | undefined
  /** The AWS region that the token is signed for. */
  readonly region: string
  /** What the host's name says it is; undefined if it is not the name of an RDS endpoint. */
  readonly kind: EndpointKind | undefined
  /** Where to dial instead of `host:port`. */
  readonly via: DialAddress | undefined
}

/** An address as `net.connect` takes it: of a host, or the path of a Unix socket. */
export type DialAddress = TcpAddress | UnixAddress

/** A host's address. */
export interface TcpAddress {
  /** A name or an IP address. */
  readonly host: string
  /** A TCP port. */
  readonly port: number
}

/** A Unix socket's address. */
export interface UnixAddress {
  /** An absolute path. */
  readonly path: string
}

/** What of an endpoint could be read. */
export type EndpointParts = Partial<Omit<Endpoint, 'kind'>>

/** Where each part that could be read came from. */
export type Origins = { readonly [part in keyof EndpointParts]: Origin }

/** The endpoint, if nothing is wrong, and what the URL's query holds besides. */
export interface EndpointReading {
  readonly endpoint: Endpoint | undefined
  readonly parts: EndpointParts
  readonly origins: Origins
  readonly engine: Engine | undefined
  readonly region: string | undefined
  readonly params: ReadonlyMap<string, string>
}

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
  const urlOrigin: Origin = { from: 'url', ...(target.url === undefined ? { name: 'DATABASE_URL' } : {}) }
  const [engine, engineOrigin] = readEngine(target, url, urlOrigin, expected, env, problems)
  const find = (name: 'host' | 'port' | 'user' | 'database'): Sourced & { readonly origin: Origin } => {
    const variable = engine && VARIABLES[engine][name]
    if (target[name] !== undefined) return { value: target[name], option: name, origin: OPTION }
    if (url?.[name] !== undefined)
      return { value: url[name], option: `${name} (from the URL)`, origin: urlOrigin }
    const value = variable && env[variable]
    return value
      ? { value, option: `${name} (from ${variable})`, origin: { from: 'environment', name: variable } }
      : { value: undefined, option: name, origin: DEFAULT, excused: url?.broken === true }
  }

  const found = { host: find('host'), port: find('port'), user: find('user'), database: find('database') }
  const host = hostOf(found.host, problems, 'the RDS endpoint, or set DATABASE_URL, PGHOST or MYSQL_HOST')
  const port = portOf(found.port, problems) ?? (engine && DEFAULT_PORTS[engine])
  const user = textOf(found.user, problems, 'the database user who is enabled for IAM login')
  const database = textOf(found.database, problems)
  const rds = host === undefined ? undefined : parseRdsHost(host)
  const [region, regionOrigin] = regionOf(target, host, rds?.region, env, problems)
  const via = viaOf(target, port, env, problems)

  const complete =
    engine && host !== undefined && port !== undefined && user !== undefined && region !== undefined
  const endpoint = complete ? { engine, host, port, user, database, region, kind: rds?.kind, via } : undefined
  const origins: Origins = {
    engine: engineOrigin,
    host: found.host.origin,
    port: found.port.origin,
    user: found.user.origin,
    database: found.database.origin,
    region: regionOrigin,
    via: target.via !== undefined ? OPTION : via ? { from: 'environment', name: 'RDS_IAM_VIA' } : DEFAULT,
  }
  const parts: EndpointParts = {
    ...(engine && { engine }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(region !== undefined && { region }),
    ...(via && { via }),
  }
  return { endpoint, parts, origins, engine, region, params: url?.params ?? new Map() }
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
  const bracketed = `http://[${host}]`
  // There are many ways to write an IPv6 address, and URL knows the one; but it takes no address with a zone.
  if (isIP(host) === 6) return URL.canParse(bracketed) ? new URL(bracketed).hostname.slice(1, -1) : host
  if (isIP(host) === 4 || isHostName(host)) return host
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
  if (typeof value !== 'string') return problems.add(option, `${shown(value)} is no text; write a name`)
  // A NUL ends a name in both protocols, and what follows it would be read as something else.
  if (value.includes('\0') || !value.isWellFormed())
    return problems.add(option, `${shown(value)} has a character that no name may have; remove it`)
  return value
}

function regionOf(
  target: IamTarget,
  host: string | undefined,
  hosts: string | undefined,
  env: Environment,
  problems: Problems,
): readonly [region: string | undefined, origin: Origin] {
  const { region } = target
  if (region !== undefined && hosts !== undefined && region !== hosts) {
    problems.add(
      'region',
      `${shown(region)} is not the region in the host's name; leave it out, or write '${hosts}'`,
    )
    return [undefined, OPTION]
  }
  const [found, origin] = findRegion(target, hosts, env)
  if (typeof found === 'string' && isRegion(found)) return [found, origin]
  if (found !== undefined)
    problems.add('region', `${shown(found)} is no region; write one like 'eu-central-1'`)
  else if (host !== undefined)
    problems.add('region', `is missing, and ${shown(host)} names none; write region, or set AWS_REGION`)
  // Without a host nothing is said of it: the name that is missing may well hold the region.
  return [undefined, origin]
}

function findRegion(
  { region, profile }: IamTarget,
  hosts: string | undefined,
  env: Environment,
): readonly [region: string | undefined, origin: Origin] {
  if (region !== undefined) return [region, OPTION]
  if (hosts !== undefined) return [hosts, { from: 'host' }]
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    if (env[name]) return [env[name], { from: 'environment', name }]
  }
  const profiles = profileRegion(profile, env)
  return profiles === undefined
    ? [undefined, DEFAULT]
    : [profiles, { from: 'profile', name: profileName(profile, env) }]
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
