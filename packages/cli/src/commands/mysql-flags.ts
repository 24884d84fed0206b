// Flags for MySQL's and MariaDB's own clients. Most of them don't read the host and the user from the environment, and
// ~/.my.cnf overrides the environment.
import { basename } from 'node:path'
import spawn from 'cross-spawn'

/** The clients that come with MySQL and MariaDB, under both names. */
const CLIENTS = /^(mysql|mariadb|(mysql|mariadb-)(admin|binlog|check|dump|import|show|slap)|mysqlpump)$/

/** Returns the command. If it is one of these clients, adds flags that connect it to the proxy. */
export function withMysqlFlags(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const [program = '', ...args] = command
  const name = programName(program)
  if (!CLIENTS.test(name)) return command
  // Flags about option files must come first.
  const own = args.findIndex((arg) => !/^--(no-defaults|defaults-|print-defaults|login-path)/.test(arg))
  const at = own === -1 ? args.length : own
  return [program, ...args.slice(0, at), ...flagsFor(program, name, env), ...args.slice(at)]
}

function flagsFor(
  program: string,
  name: string,
  { MYSQL_HOST, MYSQL_TCP_PORT, MYSQL_USER, MYSQL_PWD, MYSQL_DATABASE }: Readonly<Record<string, string>>,
): string[] {
  return [
    `--host=${MYSQL_HOST}`,
    `--port=${MYSQL_TCP_PORT}`,
    '--protocol=TCP',
    `--user=${MYSQL_USER}`,
    // A password in ~/.my.cnf would override the environment. The clients hide this flag's value from `ps`.
    `--password=${MYSQL_PWD}`,
    ...(isMariaDb(program) ? ['--skip-ssl', '--skip-ssl-verify-server-cert'] : ['--ssl-mode=DISABLED']),
    ...(MYSQL_DATABASE !== undefined && /^(mysql|mariadb)$/.test(name)
      ? [`--database=${MYSQL_DATABASE}`]
      : []),
  ]
}

/** Each family fails on the other's TLS flags. Only the program itself can tell which one it is. */
function isMariaDb(program: string): boolean {
  const { stdout } = spawn.sync(program, ['--version'], { encoding: 'utf8' })
  return /mariadb/i.test(stdout ?? '')
}

/** `mysql` for `/usr/bin/mysql` and for `C:\…\mysql.EXE`. */
function programName(program: string): string {
  return basename(program.replaceAll('\\', '/')).replace(/\.(exe|cmd|bat|ps1)$/i, '')
}
