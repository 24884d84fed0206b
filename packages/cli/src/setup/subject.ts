// Whom the set-up is for, and the SQL that readies the user.
import type { Endpoint } from '@rds-iam/core'

export interface Subject {
  readonly endpoint: Endpoint
  readonly partition: string
  readonly account: string | undefined
  readonly resourceId: string | undefined
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html */
export function sql({ endpoint: { engine, user, database } }: Subject): string {
  if (engine === 'postgres') {
    const name = `"${user.replaceAll('"', '""')}"`
    return `CREATE USER ${name};\nGRANT rds_iam TO ${name};`
  }
  const name = `'${user.replaceAll('\\', '\\\\').replaceAll("'", "''")}'@'%'`
  return [
    `CREATE USER ${name} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`,
    `ALTER USER ${name} REQUIRE SSL;`,
    // Without any right on a database, MySQL refuses to open it.
    ...(database === undefined
      ? []
      : [`GRANT SELECT, INSERT, UPDATE, DELETE ON \`${database.replaceAll('`', '``')}\`.* TO ${name};`]),
  ].join('\n')
}

/** The ARN of the database user. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html */
export function userArn({ endpoint: { region, user }, partition, account, resourceId }: Subject): string {
  return `arn:${partition}:rds-db:${region}:${account}:dbuser:${resourceId}/${user}`
}
