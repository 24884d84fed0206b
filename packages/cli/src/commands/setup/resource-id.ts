// The resource ID in a policy: what it may look like, and how to find it.
import type { Endpoint, EndpointKind } from '@rds-iam/core'
import { describe } from '../../aws-commands.ts'
import { resourceOf } from '../../aws-resource.ts'

/** The prefixes of resource IDs. A policy for an Aurora instance contains the ID of its cluster. */
const BEGINNINGS: Readonly<Record<Exclude<EndpointKind, 'dsql'>, readonly string[]>> = {
  instance: ['db', 'cluster'],
  writer: ['cluster'],
  reader: ['cluster'],
  custom: ['cluster'],
  'shard-group': ['cluster'],
  'global-writer': ['cluster'],
  proxy: ['prx'],
}

/** Why this can't be the ID of the endpoint's resource; undefined if it can. */
export function faultOfId(resourceId: string, { host, kind }: Endpoint): string | undefined {
  if (kind === 'dsql')
    return resourceId === resourceOf(host).identifier ? undefined : `is not the ID in ${host}`
  const [, begin = ''] = /^(db|cluster|prx)-\w+$/.exec(resourceId) ?? []
  const quoted = JSON.stringify(resourceId)
  if (begin === '') return `${quoted} is not a resource ID`
  const fitting = kind && BEGINNINGS[kind]
  if (!fitting || fitting.includes(begin)) return undefined
  return `${quoted} is not the ID of ${host}`
}

/** How to find the ID. Each line ends with a command to paste. */
export function waysToFindId({ host, region }: Endpoint): readonly string[] {
  const resource = resourceOf(host)
  const first = describe(resource, 'id', { region })
  switch (resource.kind) {
    case 'dsql':
      return ['leave it out: the host name contains it']
    case 'proxy':
      return [`it is prx-…, the last part of the ARN; find that with: ${first}`]
    case 'cluster':
      return [`it begins with cluster-; find it with: ${first}`]
    case 'instance': {
      const cluster = describe({ kind: 'cluster', identifier: undefined }, 'id', { region })
      return [
        `it begins with db-; find it with: ${first}`,
        `if that shows a cluster too, as for Aurora, use the cluster's ID instead: ${cluster}`,
      ]
    }
  }
}
