// The commands that tell what the set-up needs to know, and that enable IAM login.
import type { Endpoint } from '@rds-iam/core'
import { identifierOf } from '../identifier.ts'
import { shellWord } from '../shell.ts'
import { isProxy, type Subject } from './subject.ts'

export const ACCOUNT_COMMAND = 'aws sts get-caller-identity --query Account --output text'

export function resourceCommand({ host, kind, region }: Endpoint): string {
  const id = identifierOf(host)
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
export function enableCommand(subject: Subject): string {
  const { host, kind, region } = subject.endpoint
  const id = identifierOf(host)
  const flags = `--enable-iam-database-authentication --apply-immediately --region ${region}`
  if (isProxy(subject)) {
    // https://docs.aws.amazon.com/cli/latest/reference/rds/modify-db-proxy.html
    const auth = '[{"AuthScheme":"SECRETS","SecretArn":"…","IAMAuth":"REQUIRED"}]'
    const proxy = id === undefined ? '"$PROXY"' : shellWord(id)
    return `# SecretArn: of the secret with the user's password. The list replaces the proxy's own: aws rds describe-db-proxies
aws rds modify-db-proxy --db-proxy-name ${proxy} --auth ${shellWord(auth)} --region ${region}`
  }
  if (subject.resourceId?.startsWith('cluster-')) {
    const cluster = kind === 'instance' || id === undefined ? '"$CLUSTER"' : shellWord(id)
    return `aws rds modify-db-cluster --db-cluster-identifier ${cluster} ${flags}`
  }
  const instance = id === undefined ? '"$INSTANCE"' : shellWord(id)
  return `aws rds modify-db-instance --db-instance-identifier ${instance} ${flags}`
}
