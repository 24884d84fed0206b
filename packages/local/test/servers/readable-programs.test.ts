import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readablePrograms } from '../../src/servers/readable-programs.ts'

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

let root: string
let target: string
let programs: { initdb: string; postgres: string }
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rds-iam-test-')) // for its owner alone, as mkdtemp makes it
  target = await mkdtemp(join(tmpdir(), 'rds-iam-test-'))
  programs = { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') }
  await mkdir(join(root, 'native/bin'), { recursive: true })
  await mkdir(join(root, 'native/lib'))
  await writeFile(programs.postgres, 'the server', { mode: 0o755 })
  await writeFile(programs.initdb, 'initdb', { mode: 0o755 })
  await symlink('libpq.so.5', join(root, 'native/lib/libpq.so'))
})
afterEach(async () => {
  for (const folder of [root, target]) await rm(folder, { recursive: true })
})

it('leaves the programs where they are when they run as who starts them', async () => {
  expect(await readablePrograms(programs, undefined, target)).toBe(programs)
})

it('puts programs that are out of reach into the folder of who runs them, with what belongs to them', async () => {
  const { postgres, initdb } = await readablePrograms(programs, owner, target)
  expect(postgres).toBe(join(target, 'programs/bin/postgres'))
  expect(await readFile(postgres, 'utf8')).toBe('the server')
  expect((await stat(initdb)).mode & 0o111).toBe(0o111)
  expect(await readlink(join(target, 'programs/lib/libpq.so'))).toBe('libpq.so.5')
})
