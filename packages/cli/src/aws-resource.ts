// What AWS calls the database behind an endpoint, as far as the endpoint's name tells.
import { parseRdsHost } from '@rds-iam/core'

/** A `cluster` is RDS's; Aurora DSQL has clusters of its own. */
export type ResourceKind = 'instance' | 'cluster' | 'proxy' | 'dsql'

/** A database that AWS can be asked about. */
export interface Resource {
  readonly kind: ResourceKind
  /** What AWS calls it. Undefined where the endpoint's name does not tell. */
  readonly identifier: string | undefined
}

/** The resource that a host is an endpoint of; an instance if its name says nothing. */
export function resourceOf(host: string): Resource {
  return { kind: kindOf(host), identifier: identifierOf(host) }
}

function kindOf(host: string): ResourceKind {
  const kind = parseRdsHost(host)?.kind
  if (kind === 'proxy' || kind === 'dsql') return kind
  return kind === undefined || kind === 'instance' ? 'instance' : 'cluster'
}

/** The kinds of endpoint whose name begins with the identifier of their resource. */
const NAMED: readonly unknown[] = ['instance', 'writer', 'reader', 'proxy', 'dsql']

/** Custom and global endpoints begin with a name of their own, and so do the further endpoints of a proxy. */
function identifierOf(host: string): string | undefined {
  const [first, second] = host.split('.')
  return NAMED.includes(parseRdsHost(host)?.kind) && second !== 'endpoint' ? first : undefined
}
