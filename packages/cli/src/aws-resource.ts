// The AWS resource behind an endpoint, as far as the endpoint's name shows it.
import { parseRdsHost } from '@rds-iam/core'

/** A `cluster` belongs to RDS. `dsql` is a cluster of Aurora DSQL. */
export type ResourceKind = 'instance' | 'cluster' | 'proxy' | 'dsql'

/** A database as AWS identifies it. */
export interface Resource {
  readonly kind: ResourceKind
  /** The identifier. Undefined if the endpoint's name doesn't contain it. */
  readonly identifier: string | undefined
}

/** The resource that the endpoint belongs to. If the name doesn't show it, assumes an instance. */
export function resourceOf(host: string): Resource {
  return { kind: kindOf(host), identifier: identifierOf(host) }
}

function kindOf(host: string): ResourceKind {
  const kind = parseRdsHost(host)?.kind
  if (kind === 'proxy' || kind === 'dsql') return kind
  return kind === undefined || kind === 'instance' ? 'instance' : 'cluster'
}

/** The kinds of endpoint with a name that starts with the resource's identifier. */
const NAMED: readonly unknown[] = ['instance', 'writer', 'reader', 'proxy', 'dsql']

/** The names of custom and global endpoints, and of additional proxy endpoints, start with something else. */
function identifierOf(host: string): string | undefined {
  const [first, second] = host.split('.')
  return NAMED.includes(parseRdsHost(host)?.kind) && second !== 'endpoint' ? first : undefined
}
