// SQL for administrators, ready to be pasted.
import type { Engine } from '@rds-iam/core'

/** Text in quotes. */
export const literal: Readonly<Record<Engine, (text: string) => string>> = {
  postgres: (text) => `'${text.replaceAll("'", "''")}'`, // standard_conforming_strings: a backslash is itself
  mysql: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
}

/** A name in quotes, which keep its case. */
const identifier: Readonly<Record<Engine, (name: string) => string>> = {
  postgres: (name) => `"${name.replaceAll('"', '""')}"`,
  mysql: (name) => `\`${name.replaceAll('`', '``')}\``,
}

/** A user, as statements about users name it. */
export const userName: Readonly<Record<Engine, (user: string) => string>> = {
  postgres: identifier.postgres,
  mysql: (user) => `${literal.mysql(user)}@'%'`,
}

/** All tables of a database, in a GRANT of MySQL's, where `_` and `%` stand for any characters. */
export function tablesOf(database: string): string {
  return `${identifier.mysql(database.replace(/[\\_%]/g, '\\$&'))}.*`
}

/**
 * Creates a user who logs in by IAM.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
export const createIamUser: Readonly<Record<Engine, (user: string) => readonly string[]>> = {
  postgres: (user) => [
    `CREATE USER ${userName.postgres(user)};`,
    `GRANT rds_iam TO ${userName.postgres(user)};`,
  ],
  mysql: (user) => [
    `CREATE USER ${userName.mysql(user)} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`,
    `ALTER USER ${userName.mysql(user)} REQUIRE SSL;`,
  ],
}

/**
 * Creates a database role of Aurora DSQL, and lets an IAM role log in as it.
 * https://docs.aws.amazon.com/aurora-dsql/latest/userguide/using-database-and-iam-roles.html
 */
export function createDsqlRole(user: string, iamRole: string): readonly string[] {
  return [`CREATE ROLE ${userName.postgres(user)} WITH LOGIN;`, grantDsqlRole(user, iamRole)]
}

export function grantDsqlRole(user: string, iamRole: string): string {
  return `AWS IAM GRANT ${userName.postgres(user)} TO ${literal.postgres(iamRole)};`
}

/** Shows which IAM roles may log in as a database role of Aurora DSQL. */
export function lookUpDsqlGrants(user: string): string {
  return `SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = ${literal.postgres(user)};`
}

/** Shows whether a user exists, in which letter case, and whether it logs in by IAM. */
export const lookUpUser: Readonly<Record<Engine, (user: string) => string>> = {
  postgres: (user) =>
    `SELECT rolname, rolcanlogin, pg_has_role(oid, 'rds_iam', 'member') AS rds_iam FROM pg_roles WHERE lower(rolname) = lower(${literal.postgres(user)});`,
  mysql: (user) =>
    `SELECT user, host, plugin FROM mysql.user WHERE lower(user) = lower(${literal.mysql(user)});`,
}
