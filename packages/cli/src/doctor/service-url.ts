// Where AWS's services can be reached.
import { partitionOf } from '@rds-iam/core'

/** Where a service of a region is, unless the environment says otherwise, as AWS's own programs let it. */
export function serviceUrl(service: 'sts' | 'rds', region: string): string {
  const { [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own, AWS_ENDPOINT_URL } = process.env
  return own || AWS_ENDPOINT_URL || `https://${service}.${region}.${partitionOf(region).suffix}`
}
