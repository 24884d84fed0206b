// What npm installs for a package with its dependencies, in bytes and in packages.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './build.ts'

export interface Installed {
  readonly bytes: number
  readonly packages: number
}

/** Counts each package in this workspace once. Our own packages count with the files they publish. */
export function installed(names: readonly string[]): Installed {
  const folders = new Set<string>()
  for (const name of names) gather(name, root, folders)
  let bytes = 0
  for (const folder of folders) bytes += sizeOf(folder)
  return { bytes, packages: folders.size }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
}

function gather(name: string, from: string, folders: Set<string>): void {
  const folder = find(name, from)
  if (folders.has(folder)) return
  folders.add(folder)
  for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {}))
    gather(dependency, folder, folders)
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Searches from the folder upwards, as Node does. `exports` may hide a package's package.json from require. */
function find(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return realpathSync(candidate)
    if (folder === dirname(folder)) throw new Error(`${name}, which ${from} depends on, is not installed`)
  }
}

function sizeOf(folder: string): number {
  const inWorkspace = !folder.includes('node_modules')
  const published = inWorkspace ? ['package.json', ...(manifestOf(folder).files ?? [])] : ['.']
  return published.reduce((sum, name) => sum + bytesIn(join(folder, name)), 0)
}

function bytesIn(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
}
