// Folders for this user's eyes only, that go at the latest when the process exits.
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()

export async function createPrivateFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  // mkdtemp makes them 0700.
  const path = await mkdtemp(join(tmpdir(), 'rds-iam-local-'))
  if (folders.size === 0) process.once('exit', removeAll)
  folders.add(path)
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true })
      folders.delete(path)
      if (folders.size === 0) process.off('exit', removeAll)
    },
  }
}

function removeAll(): void {
  for (const path of folders) {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {} // the process ends as it was going to
  }
}
