// Starts a new MySQL or MariaDB server: this machine's program, in a fresh folder.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalRdsError } from '../errors.ts'
import { startMemoryServer } from './mysql-memory-server.ts'
import { probeMysql } from './mysql-probe.ts'
import { findMysqlProgram, findSystemTables, type MysqlProgram } from './mysql-programs.ts'
import { LOOPBACK, type Recipe, type Server, startServer, type Wanted } from './server.ts'
import type { Step, Supervisor } from './supervisor.ts'

export async function startMysql(
  wanted: Wanted,
  supervisor?: Supervisor,
  find: () => Promise<MysqlProgram | undefined> = findMysqlProgram,
): Promise<Server> {
  const program = await find()
  if (program) return startServer(mysqlRecipe(program, wanted), supervisor)
  const password = newPassword()
  return startMemoryServer(password, setUpSql(false, password, wanted))
}

export function mysqlRecipe(program: MysqlProgram, wanted: Wanted): Recipe {
  const password = newPassword()
  return {
    name: 'mysql',
    password,
    async plan(folder, port) {
      const data = join(folder, 'data')
      const initFile = join(folder, 'init.sql')
      const sql = setUpSql(program.isMariaDb, password, wanted)
      for (const path of [data, temporaryIn(folder)]) await mkdir(path, { mode: 0o700 })
      // An init file has one statement per line.
      await writeFile(initFile, `${sql.join('\n')}\n`, { mode: 0o600 })
      const settings = [...commonArguments(program, folder, data), ...serverArguments(folder, initFile, port)]
      return {
        prepare: [await preparation(program, folder, data)],
        server: { command: program.path, args: settings },
        stopSignal: 'SIGKILL', // the data is thrown away anyway
      }
    },
    probe: (port) => probeMysql({ host: LOOPBACK, port, user: wanted.users[0] ?? '', password }),
  }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** The statements for the server's first start. Each is on one line and ends with a semicolon. */
function setUpSql(isMariaDb: boolean, password: string, { users, database }: Wanted): string[] {
  const secret = quote(password, "'")
  return [
    // Both come with a root user that has no password. MariaDB has four of them.
    isMariaDb
      ? `DELETE FROM mysql.global_priv WHERE User IN ('', 'root');`
      : `ALTER USER 'root'@'localhost' IDENTIFIED BY ${secret};`,
    'FLUSH PRIVILEGES;',
    `CREATE DATABASE IF NOT EXISTS ${quote(database, '`')} CHARACTER SET utf8mb4;`,
    ...users
      .map((user) => `${quote(user, "'")}@'%'`)
      .flatMap((user) => [
        `CREATE USER ${user} IDENTIFIED BY ${secret};`,
        `GRANT ALL PRIVILEGES ON *.* TO ${user} WITH GRANT OPTION;`,
      ]),
  ]
}

function quote(text: string, mark: "'" | '`'): string {
  const escaped = mark === "'" ? text.replaceAll('\\', '\\\\') : text
  return `${mark}${escaped.replaceAll(mark, mark + mark)}${mark}`
}

async function preparation(program: MysqlProgram, folder: string, data: string): Promise<Step> {
  const args = commonArguments(program, folder, data)
  if (!program.isMariaDb) return { command: program.path, args: [...args, '--initialize-insecure'] }
  // Does what mariadb-install-db does, but leaves out the help tables and the schema sys, which take half the time.
  // Also needs no shell or other programs, which some packages of the server don't include.
  const files = await findSystemTables(program.path)
  if (files === undefined) {
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_NO_SERVER',
      `${program.path} is installed, but its mysql_system_tables.sql is missing. Install the complete MariaDB server.`,
    )
  }
  const statements = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const input = join(folder, 'bootstrap.sql')
  const begin = 'CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n'
  await writeFile(input, begin + statements.join('\n'))
  return { command: program.path, args: [...args, '--bootstrap', '--log-warnings=0'], input }
}

/**
 * The folder for temporary tables. A server deletes everything in it when it starts, and another server that loses a
 * table in use may crash, as MariaDB 10.11 does in ha_maria::drop_table. So each server gets a separate folder.
 */
function temporaryIn(folder: string): string {
  return join(folder, 'tmp')
}

function commonArguments(program: MysqlProgram, folder: string, data: string): string[] {
  return [
    '--no-defaults', // must be first
    `--datadir=${data}`,
    `--tmpdir=${temporaryIn(folder)}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    '--innodb-buffer-pool-size=32M',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-doublewrite=OFF',
    '--innodb-use-native-aio=0', // the kernel has few slots, and containers often forbid it
    '--skip-log-bin',
    ...(program.isMariaDb
      ? ['--innodb-flush-method=nosync', '--innodb-log-file-size=32M']
      : ['--loose-mysqlx=OFF']),
    ...(process.platform === 'win32' ? ['--console'] : []),
  ]
}

function serverArguments(folder: string, initFile: string, port: number): string[] {
  return [
    `--port=${port}`,
    `--bind-address=${LOOPBACK}`,
    `--init-file=${initFile}`,
    `--pid-file=${join(folder, 'server.pid')}`,
    // In the data folder. Relative, because a socket's path is limited to about 100 bytes.
    ...(process.platform === 'win32' ? [] : ['--socket=server.sock']),
    '--skip-name-resolve',
    '--performance-schema=0',
    '--character-set-server=utf8mb4',
    '--max-connections=1000',
    // The gate connects to the server for clients that may never log in.
    '--max-connect-errors=4294967295',
    '--connect-timeout=86400',
  ]
}
