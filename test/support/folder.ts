// Temporary folders, removed after the tests that use them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** For all tests of a file or of a `describe`. */
export function useFolder(): string {
  const folder = create()
  afterAll(() => remove(folder))
  return folder
}

/** For the test that runs. */
export function newFolder(): string {
  const folder = create()
  onTestFinished(() => remove(folder))
  return folder
}

function create(): string {
  return mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, maxRetries: 5 })
}
