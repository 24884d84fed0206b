// What AWS calls the database behind an endpoint, as far as the endpoint's name tells.
import { parseRdsHost } from '@rds-iam/core'

export type Thing = 'instance' | 'cluster' | 'proxy'

/** What a host's name says it is an endpoint of; an instance if it says nothing. */
export function thingOf(host: string): Thing {
  const kind = parseRdsHost(host)?.kind
  if (kind === 'proxy') return 'proxy'
  return kind === undefined || kind === 'instance' ? 'instance' : 'cluster'
}

/** The kinds of endpoint whose name begins with the identifier of what they belong to. */
const NAMED: readonly unknown[] = ['instance', 'writer', 'reader', 'proxy']

/**
 * The identifier; undefined where the name begins with another: that of a custom or global endpoint, of a further
 * endpoint of a proxy, or one that is not RDS's.
 */
export function identifierOf(host: string): string | undefined {
  const [first, second] = host.split('.')
  return NAMED.includes(parseRdsHost(host)?.kind) && second !== 'endpoint' ? first : undefined
}

/** Stands for an identifier that is not known, for the user to fill in. */
export const PLACEHOLDERS: Readonly<Record<Thing, string>> = {
  instance: 'INSTANCE',
  cluster: 'CLUSTER',
  proxy: 'PROXY',
}
