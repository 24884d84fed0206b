// Checks that a driver connects as its config says: frameworks may override the host, port or user, such as for a replica.
import { type Problem, type RdsIamError, shown } from '../errors.ts'
import { optionsError } from '../problems.ts'
import type { Endpoint } from '../target/endpoint.ts'
import { hostName } from '../target/values.ts'

/** The server that a driver is about to connect to, from its own options. Undefined: the driver doesn't expose it. */
export interface Asked {
  readonly host?: unknown
  readonly port?: unknown
  readonly user?: unknown
}

/** Why the config of `own` can't serve `asked`: its tokens and its route are for one server and one user. */
export function otherEndpoint({ host, port, user }: Asked, own: Endpoint): RdsIamError | undefined {
  const server = `this config is for ${own.host}:${own.port}`
  const problems: Problem[] = []
  if (host !== undefined && hostName(host) !== own.host)
    problems.push({ option: 'host', seen: `${server}, not for ${shown(host)}`, instead: SERVER })
  else if (port !== undefined && Number(port) !== own.port)
    problems.push({ option: 'port', seen: `${server}, not for port ${shown(port)}`, instead: SERVER })
  if (user !== undefined && user !== own.user) {
    const seen = `this config is for ${own.user}, not for ${shown(user)}`
    problems.push({ option: 'user', seen, instead: 'create a config for each user' })
  }
  return problems.length > 0 ? optionsError(problems) : undefined
}

const SERVER = 'create a config for each server'
