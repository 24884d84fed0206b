// The addresses of AWS services.
import { partitionOf } from '@rds-iam/core'

/** The URL of a service in a region. As in AWS's own programs, environment variables override it. */
export function serviceUrl(service: 'sts' | 'rds', region: string): string {
  const { [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own, AWS_ENDPOINT_URL } = process.env
  return own || AWS_ENDPOINT_URL || `https://${service}.${region}.${partitionOf(region).suffix}`
}
