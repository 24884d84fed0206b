// A pool of AWS's wrapper with a given size.
import { AwsPoolConfig } from 'aws-advanced-nodejs-wrapper'

export function poolOf(size: number): AwsPoolConfig {
  return new AwsPoolConfig({ maxConnections: size, maxIdleConnections: size })
}
