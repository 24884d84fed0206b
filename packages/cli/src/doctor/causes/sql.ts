// The statements that an administrator runs, ready to be pasted.

export function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Shows whether the user exists, in which case of letters, and whether it logs in by IAM. */
export const lookUp = {
  postgres: (user: string): string =>
    `SELECT rolname, rolcanlogin, pg_has_role(oid, 'rds_iam', 'member') AS rds_iam FROM pg_roles WHERE rolname ILIKE ${literal(user)};`,
  mysql: (user: string): string =>
    `SELECT user, host, plugin FROM mysql.user WHERE lower(user) = lower(${literal(user)});`,
}

export const create = {
  postgres: (user: string): string =>
    `CREATE USER ${identifier(user)}; GRANT rds_iam TO ${identifier(user)};`,
  mysql: (user: string): string =>
    `CREATE USER ${literal(user)}@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;`,
}
