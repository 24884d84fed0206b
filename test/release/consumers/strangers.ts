// Projects outside the workspace, into which npm installs the packed packages.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended as ChildEnded, outputOf, ROOT, run } from '../../support/child.ts'
import { startRegistry } from './registry.ts'
import { pack } from './tarballs.ts'

interface Ended {
  readonly code: number | null
  /** Stdout, followed by stderr. */
  readonly output: string
}

export interface Strangers {
  /** Runs Node in a project until it ends. `program` may be the name of an installed program. */
  node(
    project: string,
    program: string,
    args?: readonly string[],
    env?: Record<string, string>,
  ): Promise<Ended>
  /** Runs an installed program by its name, through npm's link to it. */
  npx(name: string, args: readonly string[], env: Record<string, string>): Promise<ChildEnded>
  /** Runs a script of an example's package.json. */
  example(name: string, script: string, env?: Record<string, string>): Promise<ChildEnded>
  /** The path of a file of an example. */
  exampleFile(name: string, file: string): string
  /** A path in a folder from which Node finds no installed package. */
  elsewhere(file: string): string
  remove(): void
}

const PROJECTS = fileURLToPath(new URL('projects', import.meta.url))
const EXAMPLES = join(ROOT, 'examples')

/** The examples by their folder names. */
export const examples: readonly string[] = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/**
 * The files of installed programs, because npm's links to them are scripts on Windows. The newest TypeScript is the
 * workspace's, which saves a 30 MB installation. It looks for packages in the project.
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  tsc: fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url)),
  'tsc 5': 'node_modules/typescript-5/bin/tsc',
  jest: 'node_modules/jest/bin/jest.js',
}

/**
 * Copies the projects and the examples into temporary folders, and installs their dependencies. The projects get our
 * packages from the tarballs, and the examples from a registry.
 */
export async function moveIn(): Promise<Strangers> {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-strangers-'))
  const empty = mkdtempSync(join(tmpdir(), 'rds-iam-bundles-'))
  const copies = mkdtempSync(join(tmpdir(), 'rds-iam-examples-'))
  const remove = (): void => {
    for (const each of [folder, empty, copies]) rmSync(each, { recursive: true, maxRetries: 5 })
  }
  const tarballs = await pack()
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
    for (const { file, manifest } of tarballs) dependencies[manifest.name] = `file:${file}`
    writeFileSync(manifest, JSON.stringify({ ...others, dependencies }))
    await using registry = await startRegistry(tarballs)
    await Promise.all([
      npmInstall(folder),
      ...examples.map((name) => npmInstall(join(copies, name), registry.argument)),
    ])
  } catch (error) {
    remove()
    throw error
  }
  return {
    node: async (project, program, args = [], env = {}) => {
      const file = PROGRAMS[program] ? resolve(folder, PROGRAMS[program]) : program
      const cwd = resolve(folder, project)
      const { code, output, errors } = await run(process.execPath, [file, ...args], { cwd, env })
      return { code, output: `${output}${errors}`.trim() }
    },
    npx: (name, args, env) => run('npx', ['--no', name, ...args], { cwd: folder, env }),
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
