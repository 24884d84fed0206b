// AWS CLI commands about a database, ready to paste. The user replaces the words in capitals.
import type { Resource, ResourceKind } from './aws-resource.ts'
import { shellWord } from './shell.ts'

/** The region and the profile of a command. */
export interface Scope {
  readonly region?: string | undefined
  readonly profile?: string | undefined
}

/** What AWS can report about a database. */
export type Question = 'iam' | 'status' | 'endpoint' | 'id'

interface Description {
  readonly command: string
  readonly flag: string
  /** Where the fields are in the answer. */
  readonly within: string
  /** The field with the identifier. */
  readonly identifier: string
  readonly fields: Readonly<Record<Question, string>>
  /** The placeholder for an unknown identifier. */
  readonly placeholder: string
}

const DESCRIPTIONS: Readonly<Record<ResourceKind, Description>> = {
  instance: {
    command: 'rds describe-db-instances',
    flag: '--db-instance-identifier',
    within: 'DBInstances[].',
    identifier: 'DBInstanceIdentifier',
    fields: {
      // For an Aurora instance, all of this is set on its cluster.
      iam: 'resource:DbiResourceId,iam:IAMDatabaseAuthenticationEnabled,cluster:DBClusterIdentifier',
      status: 'status:DBInstanceStatus,port:Endpoint.Port,public:PubliclyAccessible',
      endpoint: 'host:Endpoint.Address,port:Endpoint.Port',
      id: 'resource:DbiResourceId,cluster:DBClusterIdentifier',
    },
    placeholder: 'INSTANCE',
  },
  cluster: {
    command: 'rds describe-db-clusters',
    flag: '--db-cluster-identifier',
    within: 'DBClusters[].',
    identifier: 'DBClusterIdentifier',
    fields: {
      iam: 'resource:DbClusterResourceId,iam:IAMDatabaseAuthenticationEnabled',
      status: 'status:Status,port:Port',
      endpoint: 'host:Endpoint,readers:ReaderEndpoint,port:Port',
      id: 'resource:DbClusterResourceId',
    },
    placeholder: 'CLUSTER',
  },
  proxy: {
    command: 'rds describe-db-proxies',
    flag: '--db-proxy-name',
    within: 'DBProxies[].',
    identifier: 'DBProxyName',
    fields: {
      iam: 'resource:DBProxyArn,auth:Auth',
      status: 'status:Status',
      endpoint: 'host:Endpoint',
      id: 'resource:DBProxyArn',
    },
    placeholder: 'PROXY',
  },
  // https://docs.aws.amazon.com/aurora-dsql/latest/APIReference/API_GetCluster.html
  dsql: {
    command: 'dsql get-cluster',
    flag: '--identifier',
    within: '',
    identifier: 'identifier',
    fields: {
      iam: 'resource:arn,status:status',
      status: 'status:status',
      endpoint: 'host:endpoint',
      id: 'resource:arn',
    },
    placeholder: 'CLUSTER',
  },
}

/** The identifier as a word of a command, or its placeholder. */
export function identifierWord({ kind, identifier }: Resource): string {
  return shellWord(identifier ?? DESCRIPTIONS[kind].placeholder)
}

/** Asks AWS about a resource, or about all of its kind in the region if the identifier is unknown. */
export function describe({ kind, identifier }: Resource, question: Question, scope: Scope): string {
  const { command, flag, within, fields, identifier: field } = DESCRIPTIONS[kind]
  const one = identifier === undefined ? '' : `${flag} ${shellWord(identifier)} `
  const every = identifier === undefined ? `,id:${field}` : ''
  return aws(`${command} ${one}--query '${within}{${fields[question]}${every}}'`, scope)
}

/** Changes an RDS resource. The user fills in an unknown identifier: a guess could change another resource. */
export function modify(resource: Resource, change: string, scope: Scope): string {
  const { flag } = DESCRIPTIONS[resource.kind]
  return aws(`rds modify-db-${resource.kind} ${flag} ${identifierWord(resource)} ${change}`, scope)
}

/** Enables IAM login. For a proxy, this replaces its authentication settings. */
export function enableIam(resource: Resource, scope: Scope): string {
  if (resource.kind !== 'proxy')
    return modify(resource, '--enable-iam-database-authentication --apply-immediately', scope)
  // https://docs.aws.amazon.com/cli/latest/reference/rds/modify-db-proxy.html
  const auth = '[{"AuthScheme":"SECRETS","SecretArn":"SECRET_ARN","IAMAuth":"REQUIRED"}]'
  return modify(resource, `--auth ${shellWord(auth)}`, scope)
}

/** Prints a part of an IAM role, such as its ARN. */
export function getRole(name: string, part: string, scope: Scope): string {
  return aws(`iam get-role --role-name ${shellWord(name)} --query Role.${part}`, scope)
}

/** Asks IAM whether the policies of a user or role allow an action. `who` is a word of the command. */
export function simulatePolicy(who: string, action: string, resource: string, scope: Scope): string {
  const words = `--policy-source-arn ${who} --action-names ${action} --resource-arns ${shellWord(resource)}`
  return aws(`iam simulate-principal-policy ${words}`, scope)
}

/** `aws …` in a region, with a profile. */
export function aws(command: string, { region, profile }: Scope): string {
  return [
    `aws ${command}`,
    ...(region === undefined ? [] : [`--region ${shellWord(region)}`]),
    ...(profile === undefined ? [] : [`--profile ${shellWord(profile)}`]),
  ].join(' ')
}

export const ACCOUNT_COMMAND = 'aws sts get-caller-identity --query Account --output text'
