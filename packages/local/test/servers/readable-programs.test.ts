import { mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import type { PostgresPrograms } from '../../src/servers/postgres-programs.ts'
import { readablePrograms } from '../../src/servers/readable-programs.ts'

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

let root: string
let target: string
let programs: PostgresPrograms
beforeEach(async () => {
  root = newFolder() // accessible only for its owner
  target = newFolder()
  const bin = join(root, 'native/bin')
  programs = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), pgCtl: join(bin, 'pg_ctl') }
  await mkdir(join(root, 'native/bin'), { recursive: true })
  await mkdir(join(root, 'native/lib'))
  await writeFile(programs.postgres, 'the server', { mode: 0o755 })
  await writeFile(programs.initdb, 'initdb', { mode: 0o755 })
  await symlink('libpq.so.5', join(root, 'native/lib/libpq.so'))
})

it('leaves the programs in place if they run as the current user', async () => {
  expect(await readablePrograms(programs, undefined, target)).toBe(programs)
})

it('copies unreadable programs and their files into a folder of the user who runs them', async () => {
  const { postgres, initdb } = await readablePrograms(programs, owner, target)
  expect(postgres).toBe(join(target, 'programs/bin/postgres'))
  expect(await readFile(postgres, 'utf8')).toBe('the server')
  expect((await stat(initdb)).mode & 0o111).toBe(0o111)
  expect(await readlink(join(target, 'programs/lib/libpq.so'))).toBe('libpq.so.5')
})
