// Projects of people who know nothing of this workspace: folders elsewhere, into which npm installs the packed packages.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended as ChildEnded, outputOf, ROOT, run } from '../../support/child.ts'
import { startRegistry } from './registry.ts'
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
  /** Runs a script of an example's package.json. */
  example(name: string, script: string, env?: Record<string, string>): Promise<ChildEnded>
  /** A file of an example. */
  exampleFile(name: string, file: string): string
  /** A path in a folder from which none of what was installed can be reached. */
  elsewhere(file: string): string
  remove(): void
}

const PROJECTS = fileURLToPath(new URL('projects', import.meta.url))
const EXAMPLES = join(ROOT, 'examples')

/** The folders of examples. */
export const examples: readonly string[] = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/**
 * Programs of installed packages: found by their files, since npm's links to them are scripts on Windows. The newest
 * TypeScript is the workspace's own, which saves 30 MB of installing: it looks for packages where the project is.
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  tsc: fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url)),
  'tsc 5': 'node_modules/typescript-5/bin/tsc',
  jest: 'node_modules/jest/bin/jest.js',
}

/**
 * Copies the projects and the examples into temporary folders, and installs there what they need: for the projects from
 * the tarballs, and for the examples from a registry.
 */
export async function moveIn(): Promise<Strangers> {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-strangers-'))
  const empty = mkdtempSync(join(tmpdir(), 'rds-iam-bundles-'))
  const copies = mkdtempSync(join(tmpdir(), 'rds-iam-examples-'))
  const remove = (): void => {
    for (const each of [folder, empty, copies]) rmSync(each, { recursive: true, maxRetries: 5 })
  }
  const packed = await pack()
  try {
    cpSync(PROJECTS, folder, { recursive: true })
    for (const project of ['esm-typescript', 'cjs-typescript', 'node10-typescript']) {
      for (const file of ['app.ts', 'types.ts']) cpSync(join(PROJECTS, file), join(folder, project, file))
    }
    cpSync(join(EXAMPLES, 'nestjs/src/main.ts'), join(folder, 'nest/main.ts'))
    const made = ['node_modules', 'dist', 'generated']
    const filter = (path: string): boolean => !made.includes(basename(path))
    for (const name of examples) cpSync(join(EXAMPLES, name), join(copies, name), { recursive: true, filter })
    const manifest = join(folder, 'package.json')
    const { dependencies, ...others } = JSON.parse(readFileSync(manifest, 'utf8'))
    for (const { file, manifest } of packed.tarballs) dependencies[manifest.name] = `file:${file}`
    writeFileSync(manifest, JSON.stringify({ ...others, dependencies }))
    await using registry = await startRegistry(packed.tarballs)
    await Promise.all([
      npmInstall(folder),
      ...examples.map((name) => npmInstall(join(copies, name), registry.argument)),
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
    example: (name, script, env = {}) =>
      run('npm', ['run', '--silent', script], { cwd: join(copies, name), env }),
    exampleFile: (name, file) => join(copies, name, file),
    elsewhere: (file) => join(empty, file),
    remove,
  }
}

async function npmInstall(cwd: string, ...more: string[]): Promise<void> {
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...more]
  await outputOf('npm', args, { cwd })
}
