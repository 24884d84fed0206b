// Finds the region in the host name of an RDS endpoint.
import partitions from '../../../partitions.json' with { type: 'json' }

const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,2}-\d{1,2}$/

/** `cn-north-1` of `db.c9akciq32rgh.cn-north-1.rds.amazonaws.com.cn` and `db.c9akciq32rgh.rds.cn-north-1.amazonaws.com.cn`. */
export function regionOfHost(host: unknown): string | undefined {
  const labels = String(host).toLowerCase().replace(/\.$/, '').split('.')
  const service = labels.lastIndexOf('rds')
  const [before, after] = [labels[service - 1], labels[service + 1]]
  const ending = (from: number): string => labels.slice(service + from).join('.')
  const isIn = (region: string | undefined, suffix: string): region is string =>
    region !== undefined &&
    REGION.test(region) &&
    partitions.find(({ regions }) => region.startsWith(regions))?.suffix === suffix
  if (isIn(before, ending(1))) return before
  return isIn(after, ending(2)) ? after : undefined
}
