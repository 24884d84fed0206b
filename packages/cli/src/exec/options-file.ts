// An options file for MySQL's and MariaDB's own clients, which have no safe way to take a password otherwise.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import spawn from 'cross-spawn'
import type { Access } from './environment.ts'
import { programName } from './reader.ts'

/** The clients that come with MySQL and MariaDB, under both their names. */
const CLIENTS = /^(mysql|mariadb|(mysql|mariadb-)(admin|binlog|check|dump|import|show|slap)|mysqlpump)$/

export function readsOptionsFile(program: string): boolean {
  return CLIENTS.test(programName(program))
}

/** Longer lines are cut in two: the clients read them into 4,096 bytes (mysys/my_default.c). */
const LONGEST_LINE = 4000

export interface OptionsFile {
  readonly path: string
  /** The token, where it is too long for the file: the clients take it from their environment then. */
  readonly env: NodeJS.ProcessEnv
  remove(): Promise<void>
}

/** Writes the file with mode 0600 to a folder of its own. */
export async function writeOptionsFile(program: string, access: Access): Promise<OptionsFile> {
  const lines = [...options(access), ...verification(program)]
  const folder = await mkdtemp(join(tmpdir(), 'rds-iam-exec-')) // 0700
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'my.cnf')
  try {
    await writeFile(path, lines.join('\n'), { mode: 0o600 })
  } catch (error) {
    await remove()
    throw error
  }
  const env = fits(access) ? {} : { MYSQL_PWD: access.token }
  return { path, env, remove }
}

/**
 * To be read with --defaults-file, and to include what that leaves out: with --defaults-extra-file, a password
 * in ~/.my.cnf would come later and win.
 */
function options(access: Access): string[] {
  const { host, port, user, database, token, caFile } = access
  return [
    // A password in one of them would win over the environment.
    ...(fits(access) ? usualFiles().map((file) => `!include ${file}`) : []),
    '[client]',
    `host=${quoted(host)}`,
    `port=${port}`,
    'protocol=TCP', // `localhost` would mean the Unix socket
    `user=${quoted(user)}`,
    ...(fits(access) ? [`password=${quoted(token)}`] : []),
    ...(caFile === undefined ? [] : [`ssl-ca=${quoted(caFile)}`]),
    ...(database === undefined ? [] : ['[mysql]', `database=${quoted(database)}`]),
  ]
}

function fits({ token }: Access): boolean {
  return token.length < LONGEST_LINE
}

function usualFiles(): string[] {
  if (process.platform === 'win32') return []
  return ['/etc/my.cnf', '/etc/mysql/my.cnf', join(homedir(), '.my.cnf')].filter((file) => existsSync(file))
}

/** Each family stumbles over what the other calls it, and only the program itself tells which it is. */
function verification(program: string): string[] {
  const { stdout } = spawn.sync(program, ['--version'], { encoding: 'utf8' })
  return ['[client]', /mariadb/i.test(stdout) ? 'ssl-verify-server-cert' : 'ssl-mode=VERIFY_IDENTITY', '']
}

// https://dev.mysql.com/doc/refman/8.4/en/option-files.html: within quotes, a backslash escapes
function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
