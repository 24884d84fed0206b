// Whom the set-up is for, and the SQL that readies the user.
import type { Endpoint } from '@rds-iam/core'
import { identifier, literal, tablesOf } from '../sql.ts'

export interface Subject {
  readonly endpoint: Endpoint
  readonly partition: string
  readonly account: string | undefined
  readonly resourceId: string | undefined
}

export function isProxy({ endpoint, resourceId }: Subject): boolean {
  return endpoint.kind === 'proxy' || resourceId?.startsWith('prx-') === true
}

/** The statements, and in comments what they are for, where that does not go without saying. */
export function sql(subject: Subject): string {
  return isProxy(subject) ? sqlBehindProxy(subject) : sqlOfToken(subject)
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html */
function sqlOfToken({ endpoint: { engine, user, database } }: Subject): string {
  if (engine === 'postgres') {
    const name = identifier.postgres(user)
    return `CREATE USER ${name};\nGRANT rds_iam TO ${name};`
  }
  const name = mysqlUser(user)
  return [
    `CREATE USER ${name} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`,
    `ALTER USER ${name} REQUIRE SSL;`,
    ...rights(name, database),
  ].join('\n')
}

/**
 * The proxy logs in with a password of its own, which a user who is ready for tokens does not have.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html
 */
function sqlBehindProxy({ endpoint: { engine, user, database } }: Subject): string {
  const name = engine === 'postgres' ? identifier.postgres(user) : mysqlUser(user)
  const [create, shutsOut] =
    engine === 'postgres'
      ? [`CREATE USER ${name} PASSWORD '…';`, `GRANT rds_iam TO ${name}`]
      : [`CREATE USER ${name} IDENTIFIED BY '…';`, 'AWSAuthenticationPlugin']
  return [
    '-- IAM is between clients and the proxy, which logs in to the database with the password in its secret:',
    create,
    ...(engine === 'postgres' ? [] : rights(name, database)),
    `-- Not for it: ${shutsOut}, which shuts that password out, unless the proxy itself`,
    '-- logs in by IAM too (end-to-end IAM authentication, its default scheme IAM_AUTH).',
  ].join('\n')
}

/** Without any right on a database, MySQL refuses to open it. */
function rights(name: string, database: string | undefined): string[] {
  return database === undefined
    ? []
    : [`GRANT SELECT, INSERT, UPDATE, DELETE ON ${tablesOf(database)} TO ${name};`]
}

function mysqlUser(user: string): string {
  return `${literal.mysql(user)}@'%'`
}

/** The ARN of the database user. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html */
export function userArn({ endpoint: { region, user }, partition, account, resourceId }: Subject): string {
  return `arn:${partition}:rds-db:${region}:${account}:dbuser:${resourceId}/${user}`
}
