// The commands that ask AWS about this endpoint, ready to be pasted.
import { parseRdsHost } from '@rds-iam/core'
import { type Case, foundIn } from './cause.ts'

/** What can be asked of an instance, a cluster or a proxy. */
type Question = 'iam' | 'status' | 'endpoint'

const ASK = {
  instance: {
    command: 'describe-db-instances --db-instance-identifier',
    list: 'DBInstances',
    iam: 'resource:DbiResourceId,iam:IAMDatabaseAuthenticationEnabled',
    status: 'status:DBInstanceStatus,port:Endpoint.Port,public:PubliclyAccessible',
    endpoint: 'host:Endpoint.Address,port:Endpoint.Port',
  },
  cluster: {
    command: 'describe-db-clusters --db-cluster-identifier',
    list: 'DBClusters',
    iam: 'resource:DbClusterResourceId,iam:IAMDatabaseAuthenticationEnabled',
    status: 'status:Status,port:Port',
    endpoint: 'host:Endpoint,readers:ReaderEndpoint,port:Port',
  },
  proxy: {
    command: 'describe-db-proxies --db-proxy-name',
    list: 'DBProxies',
    iam: 'resource:DBProxyArn,auth:Auth',
    status: 'status:Status',
    endpoint: 'host:Endpoint',
  },
} as const

export type Thing = keyof typeof ASK

/** What the host's name says it is; an instance if it says nothing. */
export function thingOf({ subject: { host = '' } }: Case): Thing {
  const kind = parseRdsHost(host)?.kind
  if (kind === 'proxy') return 'proxy'
  return kind === undefined || kind === 'instance' ? 'instance' : 'cluster'
}

/** Asks RDS about the endpoint; about all of the region, where its name is not in the host's. */
export function askRds(found: Case, question: Question): string {
  const { host = '' } = found.subject
  const rds = parseRdsHost(host)
  const { command, list, [question]: fields } = ASK[thingOf(found)]
  const [name = ''] = host.split('.')
  const named =
    rds && !['custom', 'global-writer', 'shard-group'].includes(rds.kind) && !host.includes('.endpoint.')
  const [verb, flag] = command.split(' ')
  return aws(found, `rds ${verb} ${named ? `${flag} ${name} ` : ''}--query '${list}[].{${fields}}'`)
}

/** `aws …` in the target's region, with its profile. */
export function aws(found: Case, command: string): string {
  const region = foundIn(found, 'region')?.region
  const { profile } = found.subject
  return [
    `aws ${command}`,
    ...(region === undefined ? [] : [`--region ${region}`]),
    ...(profile === undefined ? [] : [`--profile ${quoted(profile)}`]),
  ].join(' ')
}

const RESOURCES = { instance: 'db-…', cluster: 'cluster-…', proxy: 'prx-…' } as const

/** An id's form: its middle is for the user to fill in. */
export function resourceOf(found: Case): string {
  return RESOURCES[thingOf(found)]
}

/** The resource that a policy must allow `rds-db:connect` on. */
export function policyResource(found: Case): string {
  const region = foundIn(found, 'region')
  const { account } = callerOf(found)
  const { user } = found.subject
  return `arn:${region?.partition}:rds-db:${region?.region}:${account ?? 'ACCOUNT'}:dbuser:${resourceOf(found)}/${user}`
}

/** The account and the user or role that STS knows the credentials as. */
export function callerOf(found: Case): { account?: string; principal?: string } {
  const caller = foundIn(found, 'credentials')?.caller
  if (caller?.status !== 'known') return {}
  const { account, arn } = caller
  // arn:aws:sts::123456789012:assumed-role/NAME/SESSION is a session of arn:aws:iam::123456789012:role/NAME
  const [, partition, name] = /^arn:([^:]+):sts::\d+:assumed-role\/([^/]+)\//.exec(arn) ?? []
  if (name !== undefined) return { account, principal: `arn:${partition}:iam::${account}:role/${name}` }
  return { account, ...(arn.includes(':user/') ? { principal: arn } : {}) }
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
