// Finds the MySQL or MariaDB server program on this machine.
import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { LocalRdsError, messageOf } from '../errors.ts'

export interface MysqlProgram {
  path: string
  isMariaDb: boolean
}

/** Folders where servers are often installed that aren't on the PATH. */
const PLACES = {
  posix: [
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/libexec',
    '/usr/local/mysql/bin',
    '/opt/homebrew/bin',
    ...['mysql', 'mysql@8.4', 'mysql@8.0', 'mariadb'].flatMap((formula) => [
      `/opt/homebrew/opt/${formula}/bin`,
      `/usr/local/opt/${formula}/bin`,
    ]),
  ],
  win32: [
    'MySQL\\MySQL Server 8.4',
    'MySQL\\MySQL Server 8.0',
    'MariaDB 11.8',
    'MariaDB 11.4',
    'MariaDB 10.11',
  ].map((folder) => join(process.env.ProgramFiles ?? 'C:\\Program Files', folder, 'bin')),
}

function usualPlaces(): readonly string[] {
  return PLACES[process.platform === 'win32' ? 'win32' : 'posix']
}

/** Undefined if there is no program on the PATH or in `places`. */
export async function findMysqlProgram(
  places: readonly string[] = usualPlaces(),
): Promise<MysqlProgram | undefined> {
  const named = process.env.RDS_IAM_LOCAL_MYSQLD
  const path = named ? resolve(named) : await search(places)
  if (path === undefined) return undefined
  try {
    const { stdout } = await promisify(execFile)(path, ['--no-defaults', '--version'])
    return { path, isMariaDb: /mariadb/i.test(stdout) }
  } catch (cause) {
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_NO_SERVER',
      `${path}${named ? ' (from RDS_IAM_LOCAL_MYSQLD)' : ''} does not run: ${messageOf(cause)}`,
      { cause },
    )
  }
}

async function search(places: readonly string[]): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...places]
  const extension = process.platform === 'win32' ? '.exe' : ''
  for (const folder of folders.filter(Boolean)) {
    for (const name of ['mysqld', 'mariadbd']) {
      const path = join(folder, `${name}${extension}`)
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return path
    }
  }
  return undefined
}

/** The SQL files that create MariaDB's system tables; undefined if they aren't where MariaDB keeps them. */
export async function findSystemTables(program: string): Promise<string[] | undefined> {
  const root = dirname(dirname(program))
  const { stdout } = await promisify(execFile)(program, ['--no-defaults', '--verbose', '--help'], {
    maxBuffer: 16e6,
  })
  const shares = [
    ...foldersOf('character-sets-dir', stdout).map(dirname),
    ...[...foldersOf('basedir', stdout), root].flatMap((base) => [
      join(base, 'share/mysql'),
      join(base, 'share/mariadb'),
      join(base, 'share'),
    ]),
  ]
  const files = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql']
  for (const share of shares) {
    // MariaDB 11 names them mariadb_….
    for (const prefix of ['mysql', 'mariadb']) {
      const paths = files.map((file) => join(share, file.replace('mysql', prefix)))
      const all = await Promise.all(paths.map((path) => access(path))).then(
        () => true,
        () => false,
      )
      if (all) return paths
    }
  }
  return undefined
}

/** The folder that a variable is set to, according to the help, which may also say '(No default value)'. */
function foldersOf(variable: 'basedir' | 'character-sets-dir', help: string): string[] {
  const values = help.match(new RegExp(`(?<=^${variable}[ \\t]+)\\S.*?(?=\\s*$)`, 'gm')) ?? []
  return values.filter(isAbsolute)
}
