// Installs the packed program in a folder, with its dependencies from the workspace, because npm would take seconds.
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from '../release/consumers/tarballs.ts'
import { outputOf } from './child.ts'

/** The program and its dependencies in the workspace, each package with its folder. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@rds-iam/core': 'core',
  '@rds-iam/local': 'local',
  '@rds-iam/proxy': 'proxy',
  'rds-iam': 'cli',
}

/** Packs the program and installs it in `project`. Each package gets links to only the dependencies in its package.json. */
export async function installPacked(project: string): Promise<void> {
  await writeFile(join(project, 'package.json'), '{"private":true}')
  const modules = join(project, 'node_modules')
  for (const { file, manifest } of await pack()) {
    if (!(manifest.name in PACKAGES)) continue
    const folder = join(modules, manifest.name)
    await mkdir(folder, { recursive: true })
    await outputOf('tar', ['-xzf', file, '--strip-components=1', '-C', folder])
    const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const packages = fileURLToPath(new URL('../../packages', import.meta.url))
    for (const name of Object.keys(dependencies)) {
      const installed = join(packages, PACKAGES[manifest.name] ?? '', 'node_modules', name)
      if (!(name in PACKAGES)) await link(installed, join(folder, 'node_modules', name))
    }
  }
  const program = join(modules, 'rds-iam/dist/bin.mjs')
  await chmod(program, 0o755)
  await link(program, join(modules, '.bin/rds-iam'))
}

async function link(to: string, at: string): Promise<void> {
  await mkdir(dirname(at), { recursive: true })
  await symlink(to, at, 'junction') // matters only on Windows
}
