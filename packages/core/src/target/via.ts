// Reads `via`: the address to dial, if it isn't the endpoint.
import { type Origin, shown } from '../errors.ts'
import type { Problems } from '../problems.ts'
import { DEFAULT, OPTION } from './engine.ts'
import { type Environment, variable } from './environment.ts'
import { isOptions, ownOptions } from './own-options.ts'
import type { IamTarget } from './target.ts'
import { hostName, portOf } from './values.ts'

/** An address as `net.connect` takes it: of a host, or the path of a Unix socket. */
export type DialAddress = TcpAddress | UnixAddress

/** A host's address. */
export interface TcpAddress {
  /** A name or an IP address. */
  readonly host: string
  /** A TCP port. */
  readonly port: number
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostAndPort({ host, port }: TcpAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A Unix socket's address. */
export interface UnixAddress {
  /** An absolute path. */
  readonly path: string
}

/** Not `in`, which finds what a polluted `Object.prototype` has, too. */
export function isSocket(address: DialAddress): address is UnixAddress {
  return Object.hasOwn(address, 'path')
}

/** A path without NUL, because the operating system would cut it off there. */
const PATH = /^(\/|\\\\)[^\0]*$/ // of a Unix socket, or a Windows pipe

export function viaOf(
  target: IamTarget,
  endpointPort: number | undefined,
  env: Environment,
  problems: Problems,
): readonly [via: DialAddress | undefined, origin: Origin] {
  const variableName = 'RDS_IAM_VIA'
  const via: unknown = target.via === undefined ? variable(env, variableName) : target.via
  if (via === undefined) return [undefined, DEFAULT]
  const from: Origin = target.via === undefined ? { from: 'environment', name: variableName } : OPTION
  if (typeof via === 'string' && PATH.test(via)) return [{ path: via }, from]

  const address = typeof via === 'string' ? splitAddress(via) : isOptions(via) ? ownOptions(via) : {}
  const { host, port, ...others }: Record<string, unknown> = address
  for (const name of Object.keys(others)) {
    problems.add({
      option: `via.${name}`,
      seen: 'is not an option',
      instead: 'remove it; write host and port',
    })
  }
  const dialHost = hostName(host)
  const dialPort = portOf({ option: 'via', value: port, from }, problems) ?? endpointPort
  if (dialHost === undefined) {
    const seen = `${shown(isOptions(via) ? host : via)} is not an address`
    problems.add({ option: 'via', from, seen, instead: "write the tunnel's 'host:port'" })
  }
  const complete = dialHost !== undefined && dialPort !== undefined
  return [complete ? { host: dialHost, port: dialPort } : undefined, from]
}

/** `host:port`, `[v6]:port`, or either without a port. Anything else fails later, as a host. */
function splitAddress(address: string): { host: string; port: string | undefined } {
  const colon = address.lastIndexOf(':')
  const port = address.slice(colon + 1)
  const host = address.slice(0, colon)
  const separates = colon !== -1 && /^\d+$/.test(port) && (!host.includes(':') || host.endsWith(']'))
  return separates ? { host, port } : { host: address, port: undefined }
}
