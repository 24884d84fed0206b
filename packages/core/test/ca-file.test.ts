import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { writeCaFile } from '../src/ca-file.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder) // what the system calls it
})
afterEach(() => rmSync(folder, { recursive: true }))

it('stays away from a folder of the expected name that is a link to another', async () => {
  const theirs = join(folder, 'theirs')
  mkdirSync(theirs)
  const expected = dirname(await writeCaFile([PEM]))
  rmSync(expected, { recursive: true })
  symlinkSync(theirs, expected)
  const file = await writeCaFile([PEM])
  expect(dirname(file)).not.toBe(expected)
  expect(readdirSync(theirs)).toEqual([])
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
  expect(readFileSync(file, 'utf8')).toBe(`${PEM}\n`)
})

it("takes one folder in the temporary folder where that is the user's own, as on Windows", async () => {
  const { getuid } = process
  Object.defineProperty(process, 'getuid', { value: undefined, configurable: true, writable: true })
  try {
    const [one, other] = [await writeCaFile([PEM]), await writeCaFile([PEM])]
    expect(other).toBe(one)
    expect(dirname(one)).toBe(join(folder, 'rds-iam'))
  } finally {
    Object.defineProperty(process, 'getuid', { value: getuid, configurable: true, writable: true })
  }
})
