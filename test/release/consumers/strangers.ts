// Projects of people who know nothing of this workspace: a folder elsewhere, into which npm installs the tarballs.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outputOf, run } from '../../support/child.ts'
import { pack } from './tarballs.ts'

interface Ended {
  readonly code: number | null
  /** Of stdout, and then of stderr. */
  readonly output: string
}

export interface Strangers {
  /** Runs Node in a project, to its end. `program` may be the name of an installed program. */
  node(
    project: string,
    program: string,
    args?: readonly string[],
    env?: Record<string, string>,
  ): Promise<Ended>
  /** A path in a folder from which none of what was installed can be reached. */
  elsewhere(file: string): string
  remove(): void
}

const PROJECTS = fileURLToPath(new URL('projects', import.meta.url))

/**
 * Programs of installed packages: found by their files, since npm's links to them are scripts on Windows. The newest
 * TypeScript is the workspace's own, which saves 30 MB of installing: it looks for packages where the project is.
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  tsc: fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url)),
  'tsc 5': 'node_modules/typescript-5/bin/tsc',
  jest: 'node_modules/jest/bin/jest.js',
  esbuild: 'node_modules/esbuild/bin/esbuild',
}

/** Copies the projects into a temporary folder, and installs there what they need, with the packed packages. */
export async function moveIn(): Promise<Strangers> {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-strangers-'))
  const empty = mkdtempSync(join(tmpdir(), 'rds-iam-bundles-'))
  const remove = (): void => {
    for (const each of [folder, empty]) rmSync(each, { recursive: true, maxRetries: 5 })
  }
  const packed = await pack()
  try {
    cpSync(PROJECTS, folder, { recursive: true })
    for (const project of ['esm-typescript', 'cjs-typescript', 'node10-typescript']) {
      for (const file of ['app.ts', 'types.ts']) cpSync(join(PROJECTS, file), join(folder, project, file))
    }
    for (const project of ['nest', 'nest-12'])
      cpSync(join(PROJECTS, 'nest.ts'), join(folder, project, 'nest.ts'))
    const manifest = join(folder, 'package.json')
    const { dependencies, ...others } = JSON.parse(readFileSync(manifest, 'utf8'))
    for (const { file, manifest } of packed.tarballs) dependencies[manifest.name] = `file:${file}`
    writeFileSync(manifest, JSON.stringify({ ...others, dependencies }))
    await Promise.all([
      npmInstall(folder),
      // Nest 12 beside Nest 11: what they have in common is found in the folder above.
      npmInstall(join(folder, 'nest-12'), '--legacy-peer-deps'),
    ])
  } catch (error) {
    remove()
    throw error
  } finally {
    packed.remove()
  }
  return {
    node: async (project, program, args = [], env = {}) => {
      const file = PROGRAMS[program] ? resolve(folder, PROGRAMS[program]) : program
      const cwd = resolve(folder, project)
      const { code, output, errors } = await run(process.execPath, [file, ...args], { cwd, env })
      return { code, output: `${output}${errors}`.trim() }
    },
    elsewhere: (file) => join(empty, file),
    remove,
  }
}

async function npmInstall(cwd: string, ...more: string[]): Promise<void> {
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...more]
  await outputOf('npm', args, { cwd })
}
