// Reads the name of an endpoint of RDS or Aurora DSQL: its region, its partition, and the kind of endpoint.
import { PARTITIONS, partitionOf } from './partitions.ts'

/**
 * The kind of an endpoint, from its name: an instance, a cluster's `writer`, `reader` or `custom` endpoint, a proxy, a DB
 * shard group, the writer of a global database, or a cluster of Aurora DSQL.
 */
export type EndpointKind =
  | 'instance'
  | 'writer'
  | 'reader'
  | 'custom'
  | 'proxy'
  | 'shard-group'
  | 'global-writer'
  | 'dsql'

/** The facts in the name of an endpoint. */
export interface RdsHost {
  /** The kind of endpoint. */
  readonly kind: EndpointKind
  /** `aws`, `aws-cn`, `aws-us-gov` …: the second part of its ARNs. */
  readonly partition: string
  /** Undefined for the writer endpoint of a global database, which may be in any region. */
  readonly region: string | undefined
}

// The label after an endpoint's own name starts with what kind of endpoint it is; longest prefix first.
const KINDS: readonly (readonly [prefix: string, kind: EndpointKind])[] = [
  ['cluster-ro-', 'reader'],
  ['cluster-custom-', 'custom'],
  ['cluster-', 'writer'],
  ['proxy-', 'proxy'],
  ['shardgrp-', 'shard-group'],
  ['global-', 'global-writer'],
]

/**
 * A cluster of Aurora DSQL: `ID.dsql.REGION.on.aws`, also `dsql-fips`. Through AWS PrivateLink, `dsql` has the suffix of
 * the VPC endpoint service, such as `dsql-fnh4`.
 * https://docs.aws.amazon.com/aurora-dsql/latest/userguide/privatelink-managing-clusters.html
 */
const DSQL = /^[a-z0-9]+\.dsql(?:-[a-z0-9]+)?\.([a-z0-9-]+)\.on\.aws$/

const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,2}-\d{1,2}$/

/** Whether the text has the form of a region's name, such as `eu-central-1`. */
export function isRegion(text: string): boolean {
  return REGION.test(text)
}

/**
 * Reads a host name, in small letters and without a trailing dot; undefined if it is not the name of an endpoint of RDS or
 * Aurora DSQL.
 *
 * @example
 * ```ts
 * import { parseRdsHost } from '@rds-iam/core'
 *
 * parseRdsHost('orders.cluster-c9akciq32rgh.eu-central-1.rds.amazonaws.com')?.region // 'eu-central-1'
 * ```
 */
export function parseRdsHost(host: string): RdsHost | undefined {
  const dsqlRegion = DSQL.exec(host)?.[1]
  if (dsqlRegion !== undefined && isRegion(dsqlRegion))
    return { kind: 'dsql', partition: partitionOf(dsqlRegion).name, region: dsqlRegion }
  const labels = host.split('.')
  const service = labels.lastIndexOf('rds')
  if (service < 2) return undefined

  const after = labels.slice(service + 1)
  return (
    describe(labels.slice(0, service - 1), labels[service - 1], after) ??
    // China, GovCloud and the isolated partitions also have ID.HASH.rds.REGION.SUFFIX.
    describe(labels.slice(0, service), after[0], after.slice(1), true)
  )
}

function describe(
  name: readonly string[],
  region = '',
  after: readonly string[],
  shifted = false,
): RdsHost | undefined {
  const kind = kindOf(name)
  if (!kind) return undefined
  const ending = after.join('.')
  if (kind === 'global-writer') {
    // Without a region, only the domain shows the partition. GovCloud shares its domain with the ordinary regions.
    const partition = PARTITIONS.findLast(({ suffix }) => suffix === ending)
    return region === 'global' && partition && !shifted
      ? { kind, partition: partition.name, region: undefined }
      : undefined
  }
  const partition = partitionOf(region)
  const fits = isRegion(region) && partition.suffix === ending && !(shifted && partition.name === 'aws')
  return fits ? { kind, partition: partition.name, region } : undefined
}

/** `ID.HASH`, or for the further endpoints of a proxy `NAME.endpoint.proxy-HASH`. */
function kindOf(name: readonly string[]): EndpointKind | undefined {
  if (name.some((label) => label === '')) return undefined
  const hash = name.at(-1) ?? ''
  const known = KINDS.find(([prefix]) => hash.startsWith(prefix))
  const [prefix, kind]: (typeof KINDS)[number] = known ?? ['', 'instance']
  if (!/^[a-z0-9]+$/.test(hash.slice(prefix.length))) return undefined
  if (name.length === 2) return kind
  return name.length === 3 && kind === 'proxy' && name[1] === 'endpoint' ? kind : undefined
}
