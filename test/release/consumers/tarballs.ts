// The published packages, packed once for all test files.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../support/child.ts'
import { sharedTarballs } from '../../support/shared.ts'

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

/** The manifests of all published packages. */
export const manifests: readonly Manifest[] = readdirSync(join(ROOT, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private)

/** Every published package, packed as for publishing. */
export async function pack(): Promise<readonly Tarball[]> {
  const folder = await sharedTarballs()
  return manifests.map((manifest) => {
    const { name, version } = manifest
    return { file: join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`), manifest }
  })
}
