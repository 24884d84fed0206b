// AWS's partitions: whole worlds of accounts that know nothing of each other.

export interface Partition {
  readonly name: string
  readonly suffix: string
}

// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html and the SDKs'
// partitions.json (regionRegex, dnsSuffix)
const PARTITIONS: readonly (readonly [prefix: string, partition: Partition])[] = [
  ['cn-', { name: 'aws-cn', suffix: 'amazonaws.com.cn' }],
  ['us-gov-', { name: 'aws-us-gov', suffix: 'amazonaws.com' }],
  ['us-iso-', { name: 'aws-iso', suffix: 'c2s.ic.gov' }],
  ['us-isob-', { name: 'aws-iso-b', suffix: 'sc2s.sgov.gov' }],
  ['eu-isoe-', { name: 'aws-iso-e', suffix: 'cloud.adc-e.uk' }],
  ['us-isof-', { name: 'aws-iso-f', suffix: 'csp.hci.ic.gov' }],
  ['eusc-', { name: 'aws-eusc', suffix: 'amazonaws.eu' }],
]

export function partitionOf(region: string): Partition {
  const known = PARTITIONS.find(([prefix]) => region.startsWith(prefix))
  return known?.[1] ?? { name: 'aws', suffix: 'amazonaws.com' }
}

/** Where a service of a region is, unless the environment says otherwise, as AWS's own programs let it. */
export function serviceUrl(service: 'sts' | 'rds', region: string): string {
  const { [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own, AWS_ENDPOINT_URL } = process.env
  return own || AWS_ENDPOINT_URL || `https://${service}.${region}.${partitionOf(region).suffix}`
}
