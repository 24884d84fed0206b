// The command-line client of the MySQL family that comes first on the PATH, next to the server that the tests start.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const folders = (process.env.PATH ?? '').split(delimiter)
const found = folders.flatMap((folder) =>
  ['mariadb', 'mysql'].filter((name) => existsSync(join(folder, name))),
)

export const mysqlClient: string = found[0] ?? 'mariadb'

/** A client's stderr without the warning that MySQL's own clients print about a password in a flag. */
export function withoutWarning(errors: string): string {
  return errors.replace(/^mysql: \[Warning\] Using a password on the command line .*\n/gm, '')
}
