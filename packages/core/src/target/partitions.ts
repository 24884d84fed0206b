// AWS's partitions: groups of regions with their own accounts and domain names.
import list from '../../../partitions.json' with { type: 'json' }

/** A group of AWS regions that shares accounts and a domain. */
export interface Partition {
  /** `aws`, `aws-cn`, `aws-us-gov` …: the second part of its ARNs. */
  readonly name: string
  /** What the host names of its services end with. */
  readonly suffix: string
  /** What the names of its regions begin with. */
  readonly regions: string
}

/**
 * From the AWS SDKs' partitions.json (dnsSuffix, regionRegex), and
 * https://docs.aws.amazon.com/general/latest/gr/rds-service.html. @rds-iam/local reads the same file. The last partition
 * has all regions that are in no other.
 */
export const PARTITIONS: readonly Partition[] = list

const COMMERCIAL: Partition = { name: 'aws', suffix: 'amazonaws.com', regions: '' }

/**
 * The partition of a region.
 *
 * @example
 * ```ts
 * import { partitionOf } from '@rds-iam/core'
 *
 * partitionOf('cn-north-1').suffix // 'amazonaws.com.cn'
 * ```
 */
export function partitionOf(region: string): Partition {
  return PARTITIONS.find(({ regions }) => region.startsWith(regions)) ?? COMMERCIAL
}
