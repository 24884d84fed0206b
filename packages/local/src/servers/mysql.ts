// A MySQL or MariaDB of one's own: the program on this machine, in a fresh folder.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalRdsError } from '../errors.ts'
import type { Step } from './keeper.ts'
import { knockOnMysql } from './mysql-knock.ts'
import { startMemoryServer } from './mysql-memory-server.ts'
import { findMysqlProgram, findSystemTables, type MysqlProgram } from './mysql-programs.ts'
import { LOOPBACK, type Recipe, type Server, startServer, type Wanted } from './server.ts'

export async function startMysql(
  wanted: Wanted,
  find: () => Promise<MysqlProgram | undefined> = findMysqlProgram,
): Promise<Server> {
  const program = await find()
  if (program) return startServer(mysqlRecipe(program, wanted), wanted)
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
        stopSignal: 'SIGKILL', // the data are thrown away anyhow
      }
    },
    knock: (port) => knockOnMysql({ host: LOOPBACK, port, user: wanted.users[0] ?? '', password }),
  }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Statements for the server's first start; each ends with a semicolon and is one line. */
function setUpSql(isMariaDb: boolean, password: string, { users, database }: Wanted): string[] {
  const secret = quote(password, "'")
  return [
    // Both come with a root who needs no password. On MariaDB there are four.
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
  // What mariadb-install-db does, less the help tables and the schema sys (half of its time), and without its
  // needing a shell and other programs, which not every package of the server brings.
  const files = await findSystemTables(program.path)
  if (files === undefined) {
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_NO_SERVER',
      `${program.path} is there, but not mysql_system_tables.sql, which belongs to it: install MariaDB's server as a whole.`,
    )
  }
  const statements = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const input = join(folder, 'bootstrap.sql')
  const begin = 'CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n'
  await writeFile(input, begin + statements.join('\n'))
  return { command: program.path, args: [...args, '--bootstrap', '--log-warnings=0'], input }
}

/**
 * For its temporary tables. A server that starts deletes all that it finds in that folder, and one that loses a
 * table while it uses it may crash: MariaDB 10.11 does, in ha_maria::drop_table. So each has a folder of its own.
 */
function temporaryIn(folder: string): string {
  return join(folder, 'tmp')
}

function commonArguments(program: MysqlProgram, folder: string, data: string): string[] {
  return [
    '--no-defaults', // it must be the first
    `--datadir=${data}`,
    `--tmpdir=${temporaryIn(folder)}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    '--innodb-buffer-pool-size=32M',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-doublewrite=OFF',
    '--innodb-use-native-aio=0', // the kernel has few places for it, and containers often forbid it
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
    // In the data folder. Relative, for a socket's path may have some 100 bytes only.
    ...(process.platform === 'win32' ? [] : ['--socket=server.sock']),
    '--skip-name-resolve',
    '--performance-schema=0',
    '--character-set-server=utf8mb4',
    '--max-connections=1000',
    // The gate greets clients on a connection to the server, and some of them never log in.
    '--max-connect-errors=4294967295',
    '--connect-timeout=86400',
  ]
}
