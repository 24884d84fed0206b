// Installs the packed program in a folder: with npm, as people do, or faster, with packages from the workspace.
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack, type Tarball } from '../release/consumers/tarballs.ts'
import { outputOf } from './child.ts'

/** The program and its dependencies in the workspace, each package with its folder. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@rds-iam/core': 'core',
  '@rds-iam/local': 'local',
  '@rds-iam/proxy': 'proxy',
  'rds-iam': 'cli',
}

/** Unpacks the tarballs into an empty folder. */
export type Install = (project: string, tarballs: readonly Tarball[]) => Promise<void>

/** Packs the program and installs it in `project`. */
export async function installPacked(project: string, install: Install): Promise<void> {
  await writeFile(join(project, 'package.json'), '{"private":true}')
  const ours = (await pack()).filter(({ manifest }) => manifest.name in PACKAGES)
  await install(project, ours)
}

export const byNpm: Install = async (project, tarballs) => {
  const files = tarballs.map(({ file }) => file)
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...files]
  await outputOf('npm', args, { cwd: project })
}

/** The same packages, each with links to only the dependencies in its package.json. */
export const byLinks: Install = async (project, tarballs) => {
  const modules = join(project, 'node_modules')
  for (const { file, manifest } of tarballs) {
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
