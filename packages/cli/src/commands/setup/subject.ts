// The database user to set up, and the SQL for it.
import type { Endpoint } from '@rds-iam/core'
import { type Resource, resourceOf } from '../../aws-resource.ts'
import { type Permission, permissionOf } from '../../permission.ts'
import { createDsqlRole, createIamUser, tablesOf, userName } from '../../sql.ts'

export interface Subject {
  readonly endpoint: Endpoint
  readonly partition: string
  readonly account: string | undefined
  readonly resourceId: string | undefined
  /** The ARN of the IAM role that logs in. */
  readonly role: string | undefined
}

export function isDsql({ endpoint }: Subject): boolean {
  return endpoint.kind === 'dsql'
}

export function isProxy({ endpoint, resourceId }: Subject): boolean {
  return endpoint.kind === 'proxy' || resourceId?.startsWith('prx-') === true
}

/** The resource. Its ID says more than the endpoint's name: an Aurora instance has the ID of its cluster. */
export function resourceOfSubject(subject: Subject): Resource {
  const { host, kind } = subject.endpoint
  const { identifier } = resourceOf(host)
  if (isDsql(subject)) return { kind: 'dsql', identifier }
  if (isProxy(subject)) return { kind: 'proxy', identifier: kind === 'proxy' ? identifier : undefined }
  if (subject.resourceId?.startsWith('cluster-'))
    return { kind: 'cluster', identifier: kind === 'instance' ? undefined : identifier }
  return { kind: 'instance', identifier: kind === 'instance' ? identifier : undefined }
}

/** The statements, with comments where they need an explanation. */
export function sql(subject: Subject): string {
  const { engine, user, database } = subject.endpoint
  if (isDsql(subject)) return sqlForDsql(subject)
  return isProxy(subject)
    ? sqlBehindProxy(subject)
    : [...createIamUser[engine](user), ...rights(subject.endpoint, database)].join('\n')
}

/** In Aurora DSQL, an IAM role may log in as a database role that is granted to it. `admin` needs no grant. */
function sqlForDsql({ endpoint: { user }, partition, account = 'ACCOUNT', role }: Subject): string {
  if (user === 'admin')
    return '-- Nothing to do: the role admin exists, and the policy alone decides who may log in as admin.'
  const arn = role ?? `arn:${partition}:iam::${account}:role/ROLE`
  return [
    ...(role === undefined
      ? ['-- Replace ROLE with the name of the IAM role that your service runs as.']
      : []),
    ...createDsqlRole(user, arn),
  ].join('\n')
}

/**
 * The proxy logs in to the database with a password, which a user who is set up for tokens doesn't have.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html
 */
function sqlBehindProxy({ endpoint }: Subject): string {
  const { engine, user, database } = endpoint
  const name = userName[engine](user)
  const [create, shutsOut] =
    engine === 'postgres'
      ? [`CREATE USER ${name} PASSWORD 'PASSWORD';`, `GRANT rds_iam TO ${name}`]
      : [`CREATE USER ${name} IDENTIFIED BY 'PASSWORD';`, 'AWSAuthenticationPlugin']
  return [
    '-- Clients log in to the proxy with IAM. The proxy logs in to the database with the password in its secret:',
    create,
    ...rights(endpoint, database),
    `-- Do not use ${shutsOut} here: it disables that password. Use it only if the proxy`,
    '-- itself logs in with IAM (end-to-end IAM authentication, default scheme IAM_AUTH).',
  ].join('\n')
}

/** MySQL refuses to open a database on which the user has no privileges. */
function rights({ engine, user }: Endpoint, database: string | undefined): string[] {
  if (engine === 'postgres' || database === undefined) return []
  return [`GRANT SELECT, INSERT, UPDATE, DELETE ON ${tablesOf(database)} TO ${userName.mysql(user)};`]
}

export function permission({ endpoint, ...subject }: Subject): Permission {
  return permissionOf({ ...endpoint, ...subject })
}
