// The import graph of TypeScript files.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { ROOT } from './child.ts'

export interface Import {
  /** The importing file, relative to the project, with `/` on every system. */
  readonly from: string
  /** The imported file, relative to the project, or the package name as written. */
  readonly to: string
  /** `static` runs when the file is loaded, `dynamic` on demand, `type` never. */
  readonly kind: 'static' | 'dynamic' | 'type'
}

const COMMENTS = /\/\*.*?\*\/|^\s*\/\/[^\n]*/gms
/** Matches imports as Biome formats them: each on a new line, with single quotes. */
const IMPORTS =
  /^(?:import|export) (?:(type) )?(?:[^'";=]*? from )?'(?<name>[^']+)'|\bimport\('(?<later>[^']+)'\)/gm

/** All imports of the files in a folder. The folder is relative to the project. */
export function importsIn(folder: string): Import[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.ts')).flatMap((file) => importsOf(join(ROOT, folder, file)))
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8').replace(COMMENTS, '')
  return [...text.matchAll(IMPORTS)].map(([, type, name, later]) => {
    const to = name ?? later ?? ''
    return {
      from: inProject(file),
      to: to.startsWith('.') ? inProject(join(dirname(file), to)) : to,
      kind: type ? 'type' : name === undefined ? 'dynamic' : 'static',
    }
  })
}

function inProject(path: string): string {
  return relative(ROOT, path).replaceAll('\\', posix.sep)
}
