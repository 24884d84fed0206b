// Packs the packages with pnpm into a temporary folder, as for publishing.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { outputOf, ROOT } from '../../support/child.ts'

/** The fields of a published package.json that the tests use. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export interface Tarball {
  readonly file: string
  /** The package.json in the workspace. */
  readonly manifest: Manifest
}

/** The project's pnpm as an argument for npx: pnpm@12.21.0. */
export const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** The manifests of all published packages. */
export const manifests: readonly Manifest[] = readdirSync(join(ROOT, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private)

/** Packs every published package. `remove` deletes the tarballs. */
export async function pack(): Promise<{ tarballs: readonly Tarball[]; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-tarballs-'))
  const pnpm = ['--yes', packageManager, '--recursive', 'pack', '--pack-destination', folder]
  await outputOf('npx', pnpm)
  const tarballs = manifests.map((manifest) => {
    const { name, version } = manifest
    return { file: join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`), manifest }
  })
  return { tarballs, remove: () => rmSync(folder, { recursive: true }) }
}
