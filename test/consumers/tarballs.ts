// The packages as they are published: packed by pnpm into a temporary folder.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What a published package.json says, as far as it matters here. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export interface Tarball {
  readonly file: string
  /** As it stands in the workspace. */
  readonly manifest: Manifest
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The manifest of every package that is published. */
export const manifests: readonly Manifest[] = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')))

/** Packs every package of the workspace; `remove` deletes the tarballs. */
export async function pack(): Promise<{ tarballs: readonly Tarball[]; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-tarballs-'))
  const pnpm = ['--yes', 'pnpm@12.21.0', '--recursive', 'pack', '--pack-destination', folder]
  // npx is a shell script on Windows, which only a shell can start.
  await promisify(execFile)('npx', pnpm, { cwd: root, shell: process.platform === 'win32' })
  const tarballs = manifests.map((manifest) => {
    const { name, version } = manifest
    return { file: join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`), manifest }
  })
  return { tarballs, remove: () => rmSync(folder, { recursive: true }) }
}
