// SQL for administrators, ready to paste.
import type { Engine } from '@rds-iam/core'

/** A string literal. */
export const literal: Readonly<Record<Engine, (text: string) => string>> = {
  postgres: (text) => `'${text.replaceAll("'", "''")}'`, // with standard_conforming_strings, a backslash is an ordinary character
  mysql: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
}

/** A name in quotes, which preserve its case. */
const identifier: Readonly<Record<Engine, (name: string) => string>> = {
  postgres: (name) => `"${name.replaceAll('"', '""')}"`,
  mysql: (name) => `\`${name.replaceAll('`', '``')}\``,
}

/** A user, as in CREATE USER. */
export const userName: Readonly<Record<Engine, (user: string) => string>> = {
  postgres: identifier.postgres,
  mysql: (user) => `${literal.mysql(user)}@'%'`,
}

/** All tables of a database, for GRANT in MySQL, where `_` and `%` are wildcards. */
export function tablesOf(database: string): string {
  return `${identifier.mysql(database.replace(/[\\_%]/g, '\\$&'))}.*`
}

/**
 * Creates a user who logs in with IAM.
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

/** Shows whether a user exists, in which case it is written, and whether it logs in with IAM. */
export const lookUpUser: Readonly<Record<Engine, (user: string) => string>> = {
  postgres: (user) =>
    `SELECT rolname, rolcanlogin, pg_has_role(oid, 'rds_iam', 'member') AS rds_iam FROM pg_roles WHERE lower(rolname) = lower(${literal.postgres(user)});`,
  mysql: (user) =>
    `SELECT user, host, plugin FROM mysql.user WHERE lower(user) = lower(${literal.mysql(user)});`,
}
