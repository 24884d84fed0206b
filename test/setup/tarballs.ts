// Packs every published package with pnpm, as for publishing.
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { outputOf, ROOT } from '../support/child.ts'

/** The project's pnpm as an argument for npx: pnpm@12.21.0. */
export const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

export async function packInto(folder: string) {
  await mkdir(folder)
  await outputOf('npx', ['--yes', packageManager, '--recursive', 'pack', '--pack-destination', folder])
  return { give: async () => ({ folder }) }
}
