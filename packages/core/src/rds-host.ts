// What an RDS endpoint's name tells: its region, its partition, and what kind of endpoint it is.

/**
 * What an RDS endpoint's name says it is: an instance, a cluster's `writer`, `reader` or `custom` endpoint, a proxy,
 * a DB shard group, or the writer of a global database.
 */
export type EndpointKind =
  | 'instance'
  | 'writer'
  | 'reader'
  | 'custom'
  | 'proxy'
  | 'shard-group'
  | 'global-writer'

/** What the name of an RDS endpoint tells. */
export interface RdsHost {
  /** What it is the endpoint of. */
  readonly kind: EndpointKind
  /** `aws`, `aws-cn`, `aws-us-gov` …: the second part of its ARNs. */
  readonly partition: string
  /** Undefined for the writer endpoint of a global database, which may be in any region. */
  readonly region: string | undefined
}

interface Partition {
  readonly name: string
  readonly suffix: string
  /** What the names of its regions begin with. */
  readonly regions: string
}

// https://docs.aws.amazon.com/general/latest/gr/rds-service.html and the AWS SDKs' partitions.json (dnsSuffix,
// regionRegex)
const PARTITIONS: readonly Partition[] = [
  { name: 'aws-cn', suffix: 'amazonaws.com.cn', regions: 'cn-' },
  { name: 'aws-us-gov', suffix: 'amazonaws.com', regions: 'us-gov-' },
  { name: 'aws-iso', suffix: 'c2s.ic.gov', regions: 'us-iso-' },
  { name: 'aws-iso-b', suffix: 'sc2s.sgov.gov', regions: 'us-isob-' },
  { name: 'aws-iso-e', suffix: 'cloud.adc-e.uk', regions: 'eu-isoe-' },
  { name: 'aws-iso-f', suffix: 'csp.hci.ic.gov', regions: 'us-isof-' },
  { name: 'aws-eusc', suffix: 'amazonaws.eu', regions: 'eusc-' },
]
const COMMERCIAL: Partition = { name: 'aws', suffix: 'amazonaws.com', regions: '' }

// The label after an endpoint's own name starts with what kind of endpoint it is; longest prefix first.
const KINDS: readonly (readonly [prefix: string, kind: EndpointKind])[] = [
  ['cluster-ro-', 'reader'],
  ['cluster-custom-', 'custom'],
  ['cluster-', 'writer'],
  ['proxy-', 'proxy'],
  ['shardgrp-', 'shard-group'],
  ['global-', 'global-writer'],
]

const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,2}-\d{1,2}$/

/** Whether the text has the form of a region's name, such as `eu-central-1`. */
export function isRegion(text: string): boolean {
  return REGION.test(text)
}

/**
 * Reads a host name, in small letters and without a trailing dot; undefined if it is not the name of an RDS endpoint.
 *
 * @example
 * ```ts
 * import { parseRdsHost } from '@rds-iam/core'
 *
 * parseRdsHost('orders.cluster-c9akciq32rgh.eu-central-1.rds.amazonaws.com')?.region // 'eu-central-1'
 * ```
 */
export function parseRdsHost(host: string): RdsHost | undefined {
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
  suffix: readonly string[],
  shifted = false,
): RdsHost | undefined {
  const kind = kindOf(name)
  if (!kind) return undefined
  const ending = suffix.join('.')
  if (kind === 'global-writer') {
    // In no region, so it is the ending that tells the partition; GovCloud shares one with the regions of all.
    const partition = [COMMERCIAL, ...PARTITIONS].find((one) => one.suffix === ending)
    return region === 'global' && partition && !shifted
      ? { kind, partition: partition.name, region: undefined }
      : undefined
  }
  const partition = PARTITIONS.find(({ regions }) => region.startsWith(regions)) ?? COMMERCIAL
  const fits = isRegion(region) && partition.suffix === ending && !(shifted && partition === COMMERCIAL)
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
