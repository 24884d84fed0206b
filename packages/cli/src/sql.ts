// Names and text in SQL, as each engine takes them.
import type { Engine } from '@rds-iam/core'

/** Text in quotes. */
export const literal: Readonly<Record<Engine, (text: string) => string>> = {
  postgres: (text) => `'${text.replaceAll("'", "''")}'`, // standard_conforming_strings: a backslash is itself
  mysql: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
}

/** A name in quotes, which keep its case. */
export const identifier: Readonly<Record<Engine, (name: string) => string>> = {
  postgres: (name) => `"${name.replaceAll('"', '""')}"`,
  mysql: (name) => `\`${name.replaceAll('`', '``')}\``,
}

/** All tables of a database, in a GRANT of MySQL's, where `_` and `%` stand for any characters. */
export function tablesOf(database: string): string {
  return `${identifier.mysql(database.replace(/[\\_%]/g, '\\$&'))}.*`
}
