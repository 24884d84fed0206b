// The commands that tell what the set-up needs to know, and that enable IAM login.
import type { Endpoint } from '@rds-iam/core'
import { shellWord } from './shell.ts'

export const ACCOUNT_COMMAND = 'aws sts get-caller-identity --query Account --output text'

/** The kinds of endpoint whose name begins with what they belong to. */
function identifierOf({ host, kind }: Endpoint): string | undefined {
  const [first = '', second] = host.split('.')
  const named = kind === 'instance' || kind === 'writer' || kind === 'reader' || kind === 'proxy'
  return named && second !== 'endpoint' ? first : undefined
}

export function resourceCommand(endpoint: Endpoint): string {
  const { kind, region } = endpoint
  const id = identifierOf(endpoint)
  const one = (option: string): string => (id === undefined ? '' : ` --${option} ${shellWord(id)}`)
  const more = `--output text --region ${region}`
  if (kind === 'proxy')
    return `aws rds describe-db-proxies${one('db-proxy-name')} --query 'DBProxies[].DBProxyArn' ${more} (the last part, prx-…)`
  // An instance of Aurora is known by its cluster.
  if (kind === 'instance' || kind === undefined)
    return `aws rds describe-db-instances${one('db-instance-identifier')} --query 'DBInstances[].[DBClusterIdentifier,DbiResourceId]' ${more} (of Aurora's, its cluster's: aws rds describe-db-clusters)`
  return `aws rds describe-db-clusters${one('db-cluster-identifier')} --query 'DBClusters[].[DBClusterIdentifier,DbClusterResourceId]' ${more}`
}

/** By the resource, which knows better than the endpoint's name: Aurora's instances belong to a cluster. */
export function enableCommand(endpoint: Endpoint, resourceId: string | undefined): string {
  const id = identifierOf(endpoint)
  const { kind, region } = endpoint
  const flags = `--enable-iam-database-authentication --apply-immediately --region ${region}`
  if (resourceId?.startsWith('prx-')) {
    return `# in the proxy's authentication settings, require IAM for the user: aws rds modify-db-proxy`
  }
  if (resourceId?.startsWith('cluster-')) {
    const cluster = kind === 'instance' || id === undefined ? '"$CLUSTER"' : shellWord(id)
    return `aws rds modify-db-cluster --db-cluster-identifier ${cluster} ${flags}`
  }
  const instance = id === undefined ? '"$INSTANCE"' : shellWord(id)
  return `aws rds modify-db-instance --db-instance-identifier ${instance} ${flags}`
}
