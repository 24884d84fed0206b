import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Access, accessOf } from '../src/exec/environment.ts'
import { writeOptionsFile } from '../src/exec/options-file.ts'

describe('a URL with a token', () => {
  it('gives access to a database', () => {
    const url = 'mysql://jane%40corp:a%26b@[2600:1f18::17]:3306/o%2Fn?ssl-ca=%2Ftmp%2Fca.pem'
    expect(accessOf(url)).toEqual({
      url,
      engine: 'mysql',
      host: '2600:1f18::17',
      port: '3306',
      user: 'jane@corp',
      database: 'o/n',
      token: 'a&b',
      caFile: '/tmp/ca.pem',
      hostaddr: undefined,
    })
  })

  it('may name no database, no roots, and where to dial', () => {
    expect(accessOf('postgres://jane:t@db.example:5432?hostaddr=127.0.0.1')).toMatchObject({
      engine: 'postgres',
      database: undefined,
      caFile: undefined,
      hostaddr: '127.0.0.1',
    })
  })
})

describe('the options file', () => {
  const access: Access = accessOf('mysql://jane:to%22ken%5C@db.example:3306/app?ssl-ca=%2Ftmp%2Fca.pem')
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  beforeEach(() => {
    // As a developer may have it.
    vi.stubEnv('HOME', folder)
    writeFileSync(join(folder, '.my.cnf'), '[client]\npassword=other\n')
  })

  /** A client that says that it is this one. */
  function client(version: string): string {
    const path = join(folder, 'mysql')
    writeFileSync(path, `#!/bin/sh\necho '${version}'\n`)
    chmodSync(path, 0o755)
    return path
  }
  const MYSQL = 'mysql  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server - GPL)'
  const MARIADB = 'mysql from 11.8.2-MariaDB, client 15.2 for debian-linux-gnu (x86_64)'

  async function written(program: string, to: Access): Promise<{ lines: string[]; env: NodeJS.ProcessEnv }> {
    const file = await writeOptionsFile(program, to)
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    const lines = readFileSync(file.path, 'utf8').split('\n')
    await file.remove()
    expect(() => statSync(file.path)).toThrow('ENOENT')
    // Files of all users, as this machine has them or not.
    return { lines: lines.filter((line) => !line.startsWith('!include /etc/')), env: file.env }
  }

  it('holds what a client of MySQL takes, the token last of all passwords', async () => {
    expect(await written(client(MYSQL), access)).toEqual({
      lines: [
        `!include ${join(folder, '.my.cnf')}`,
        '[client]',
        'host="db.example"',
        'port=3306',
        'protocol=TCP',
        'user="jane"',
        'password="to\\"ken\\\\"',
        'ssl-ca="/tmp/ca.pem"',
        '[mysql]',
        'database="app"',
        '[client]',
        'ssl-mode=VERIFY_IDENTITY',
        '',
      ],
      env: {},
    })
  })

  it('says no more than is known, and in the words of MariaDB to its clients', async () => {
    const { lines } = await written(client(MARIADB), { ...access, database: undefined, caFile: undefined })
    expect(lines.slice(-3)).toEqual(['[client]', 'ssl-verify-server-cert', ''])
    expect(lines.join('\n')).not.toMatch(/ssl-ca|database|VERIFY_IDENTITY/)
  })

  it('is made once the client has said which it is: until then a signal ends us at once', async () => {
    const temporary = mkdtempSync(join(folder, 'tmp-'))
    vi.stubEnv('TMPDIR', temporary)
    const program = client(MYSQL)
    writeFileSync(program, `#!/bin/sh\nls '${temporary}' > '${folder}/seen'\n`)
    await (await writeOptionsFile(program, access)).remove()
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe('')
  })

  it('leaves no folder where it cannot be written', async () => {
    const temporary = mkdtempSync(join(folder, 'tmp-'))
    // Its folder just fits into the longest path that there is.
    const longest = Number(execFileSync('getconf', ['PATH_MAX', '/'], { encoding: 'utf8' })) - 1
    const length = longest - '/rds-iam-exec-XXXXXX'.length
    const deep = temporary.padEnd(length, `/${'d'.repeat(200)}`).replace(/\/$/, 'd')
    mkdirSync(deep, { recursive: true })
    vi.stubEnv('TMPDIR', deep)
    await expect(writeOptionsFile(client(MYSQL), access)).rejects.toThrow('ENAMETOOLONG')
    expect(readdirSync(deep)).toEqual([])
  })

  it('leaves a token that is too long for it to the environment, and other passwords out', async () => {
    const token = 'x'.repeat(4001)
    const { lines, env } = await written(client(MYSQL), { ...access, token })
    expect(env).toEqual({ MYSQL_PWD: token })
    expect(lines.join('\n')).not.toMatch(/password|!include/)
  })
})
