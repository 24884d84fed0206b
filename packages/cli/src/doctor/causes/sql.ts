// The statements that an administrator runs, ready to be pasted.
import { identifier, literal } from '../../sql.ts'

/** A name in PostgreSQL, in quotes where it needs them. */
export function name(text: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(text) ? text : identifier.postgres(text)
}

/** Shows whether the user exists, in which case of letters, and whether it logs in by IAM. */
export const lookUp = {
  postgres: (user: string): string =>
    `SELECT rolname, rolcanlogin, pg_has_role(oid, 'rds_iam', 'member') AS rds_iam FROM pg_roles WHERE lower(rolname) = lower(${literal.postgres(user)});`,
  mysql: (user: string): string =>
    `SELECT user, host, plugin FROM mysql.user WHERE lower(user) = lower(${literal.mysql(user)});`,
}

export const create = {
  postgres: (user: string): string => `CREATE USER ${name(user)}; GRANT rds_iam TO ${name(user)};`,
  mysql: (user: string): string =>
    `CREATE USER ${literal.mysql(user)}@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;`,
}
