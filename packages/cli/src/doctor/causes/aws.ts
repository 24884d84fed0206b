// The commands that ask AWS about this endpoint, ready to be pasted.
import { parseRdsHost } from '@rds-iam/core'
import { identifierOf, PLACEHOLDERS, type Thing, thingOf as thingNamed } from '../../identifier.ts'
import { shellWord } from '../../shell.ts'
import { type Case, foundIn, namesIn } from './cause.ts'

/** What can be asked of an instance, a cluster or a proxy. */
type Question = 'iam' | 'status' | 'endpoint'

const ASK = {
  instance: {
    command: 'describe-db-instances --db-instance-identifier',
    list: 'DBInstances',
    // Of Aurora, all of it is set on the cluster.
    iam: 'resource:DbiResourceId,iam:IAMDatabaseAuthenticationEnabled,cluster:DBClusterIdentifier',
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

/** The endpoint's name, or what DNS says that stands for: a name of one's own tells nothing. */
function telling(found: Case): string {
  const { host = '' } = found.subject
  const kind = parseRdsHost(host)?.kind
  if (kind !== undefined && kind !== 'global-writer') return host
  const { cnames } = namesIn(found)
  return cnames.find((name) => identifierOf(name) !== undefined) ?? host
}

/** What the endpoint is one of, as far as its name tells; else an instance. */
export function thingOf(found: Case): Thing {
  return thingNamed(telling(found))
}

/** What AWS calls it; undefined where the endpoint's name does not tell. */
export function nameOf(found: Case): string | undefined {
  return identifierOf(telling(found))
}

/** Asks RDS about the endpoint; about all of the region, where its name is not in the host's. */
export function askRds(found: Case, question: Question): string {
  const { command, list, [question]: fields } = ASK[thingOf(found)]
  const [verb, flag] = command.split(' ')
  const name = nameOf(found)
  const one = name === undefined ? '' : `${flag} ${shellWord(name)} `
  const every = name === undefined ? `,id:${IDS[thingOf(found)]}` : ''
  return aws(found, `rds ${verb} ${one}--query '${list}[].{${fields}${every}}'`)
}

/** Where the identifiers stand, which tell one from the others. */
const IDS = {
  instance: 'DBInstanceIdentifier',
  cluster: 'DBClusterIdentifier',
  proxy: 'DBProxyName',
} as const

/** Changes the instance or cluster. Its name, if it is not known, is left to be filled in: a guess may hit another. */
export function modify(found: Case, change: string): string {
  const thing = thingOf(found)
  const name = shellWord(nameOf(found) ?? PLACEHOLDERS[thing])
  return aws(found, `rds modify-db-${thing} --db-${thing}-identifier ${name} ${change}`)
}

/** `aws …` in the target's region, with its profile. */
export function aws(found: Case, command: string): string {
  const region = foundIn(found, 'region')?.region
  return [
    `aws ${command}`,
    ...(region === undefined ? [] : [`--region ${shellWord(region)}`]),
    ...withProfile(found),
  ].join(' ')
}

/** The same for IAM, which has no regions. */
export function awsIam(found: Case, command: string): string {
  return [`aws iam ${command}`, ...withProfile(found)].join(' ')
}

function withProfile({ subject: { profile } }: Case): string[] {
  return profile === undefined ? [] : [`--profile ${shellWord(profile)}`]
}

const RESOURCES = { instance: 'db-…', cluster: 'cluster-…', proxy: 'prx-…' } as const

/** An id's form: its middle is for the user to fill in. */
export function resourceOf(found: Case): string {
  return RESOURCES[thingOf(found)]
}
