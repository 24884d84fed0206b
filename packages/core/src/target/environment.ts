// The environment's variables that say something about a target.

export type Environment = Readonly<Record<string, string | undefined>>

export const VARIABLES = {
  postgres: { host: 'PGHOST', port: 'PGPORT', user: 'PGUSER', database: 'PGDATABASE' },
  mysql: { host: 'MYSQL_HOST', port: 'MYSQL_TCP_PORT', user: 'MYSQL_USER', database: 'MYSQL_DATABASE' },
} as const

/** A variable's value; undefined if it is empty, or inherited, as from a polluted `Object.prototype`. */
export function variable(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] || undefined : undefined
}
