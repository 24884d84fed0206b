// A user's project that contains the unchanged code blocks. It compiles them together and runs them one by one.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, run, typescript } from '../support/child.ts'
import { NETWORK } from '../support/dns.ts'
import { type Block, ROOT } from './pages.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const require = createRequire(import.meta.url)

/** The path of a program in a package, even if the package doesn't export it. */
function programIn(name: string, program: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), program)
}

export interface Project {
  /** Compiles all blocks. A block without errors can run even if others have some. */
  compile(): Promise<Ended>
  /** Runs a block until it ends: a program, or commands one after another until one fails. */
  run(block: Block, env: Record<string, string>): Promise<Ended>
  remove(): void
}

export function layOut(blocks: readonly Block[]): Project {
  mkdirSync(join(here, 'generated'), { recursive: true })
  // In the workspace, so that Node finds the packages, and in a folder that no other tool reads.
  const root = mkdtempSync(join(here, 'generated', 'snippets-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  // The output of `prisma generate` for a user's schema.
  for (const block of blocks.filter(({ text }) => text.includes("from './generated/client.ts'"))) {
    const engine = block.marks.get('run') === 'mysql' ? 'mysql' : 'postgres'
    const generated = join(ROOT, 'examples/prisma/generated', engine)
    cpSync(generated, join(root, folderOf(block), 'generated'), { recursive: true })
  }
  for (const block of blocks) if (/^(ts|js|json)$/.test(block.language)) write(fileOf(block), block.text)
  for (const folder of new Set(blocks.filter(isCommands).map(folderOf))) {
    // The output folder of a user's build.
    symlinkSync(join(root, 'out', folder), join(root, folder, 'dist'), 'junction')
  }
  for (const block of blocks.filter(isPrismaConfig)) {
    cpSync(
      join(ROOT, 'examples/prisma/prisma/postgres.prisma'),
      join(root, folderOf(block), 'prisma/schema.prisma'),
    )
    write(posix.join(folderOf(block), 'script.sql'), 'SELECT 1')
  }
  const engine = join(root, 'schema-engine')
  const asProgram = ['--import', NETWORK, ...typescript('test/support/programs/schema-engine.ts')].join(' ')
  writeFileSync(engine, `#!/bin/sh\nexec ${process.execPath} ${asProgram}\n`, { mode: 0o700 })
  for (const block of blocks.filter(({ marks }) => marks.get('run') === 'vitest')) {
    // Without this config, Vitest would find this project's in a parent folder.
    const config = posix.join(posix.dirname(fileOf(block)), 'vitest.config.ts')
    if (!existsSync(join(root, config))) write(config, 'export default {}\n')
  }
  const compiled = blocks.filter(
    ({ language, marks }) => language === 'ts' && !marks.has('unchecked') && !marks.has('apart'),
  )
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: compiled.map(fileOf) }))
  return {
    compile: () => {
      const tsc = programIn('typescript', 'bin/tsc')
      return run(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: root })
    },
    run: async (block, env) => {
      const all = { CI: '1', PRISMA_SCHEMA_ENGINE_BINARY: engine, CHECKPOINT_DISABLE: '1', ...env }
      const network = isCommands(block) && block.marks.has('dials') ? `--import ${NETWORK}` : ''
      let ended: Ended = { code: 0, signal: null, output: '', errors: '' }
      for (const { folder, args, env: own } of isCommands(block) ? commandsOf(block) : [programFor(block)]) {
        const NODE_OPTIONS = [network, own?.NODE_OPTIONS].filter(Boolean).join(' ')
        const complete = { ...all, ...own, ...(NODE_OPTIONS && { NODE_OPTIONS }) }
        ended = await run(process.execPath, args, { env: complete, cwd: join(root, folder) })
        if (ended.code !== 0) break
      }
      return ended
    },
    remove: () => rmSync(root, { recursive: true }),
  }
}

/** Strict, and without `paths` to the sources, so that the blocks use the built packages. */
const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  moduleDetection: 'force',
  rootDir: '.',
  outDir: 'out',
  rewriteRelativeImportExtensions: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  skipLibCheck: true, // the libraries' declarations
  types: ['node'],
  experimentalDecorators: true, // as in every Nest application
  emitDecoratorMetadata: true,
}

/** Such as `postgres/README.md_48.ts`. A block with a file name keeps it, in the named folder or in a new one. */
function fileOf({ page, line, language, marks }: Block): string {
  const file = marks.get('file')
  const name = page.replaceAll('/', '_')
  if (file?.includes('/')) return `${name}/${file}`
  if (file) return `${name}_${line}/${file}`
  if (marks.get('run') === 'vitest') return `${name}_${line}/login.test.ts`
  return `${marks.get('run') === 'mysql' ? 'mysql' : 'postgres'}/${name}_${line}.${language}`
}

function folderOf(block: Block): string {
  const folder = block.marks.get('in')
  return folder ? `${block.page.replaceAll('/', '_')}/${folder}` : posix.dirname(fileOf(block))
}

function isCommands({ language, marks }: Block): boolean {
  return language === 'sh' && marks.has('run')
}

function isPrismaConfig({ marks }: Block): boolean {
  return marks.get('file') === 'prisma.config.ts'
}

/** A program for Node, and its working directory. */
interface Program {
  readonly folder: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The commands of a block, each `NAME="value" npx program arguments`. If one builds a bundle, it runs next. */
function commandsOf(block: Block): readonly Program[] {
  const lines = block.text.replaceAll('\\\n', ' ').split('\n')
  return lines
    .map((line) => line.replace(/ #.*/, '').match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [])
    .map((words) => words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2')))
    .filter((words) => words.length > 0)
    .flatMap((words) => {
      const npx = words.indexOf('npx')
      const [name = '', ...args] = words.slice(npx + 1)
      const env = Object.fromEntries(words.slice(0, npx).map((word) => word.split(/=(.*)/s)))
      const folder = folderOf(block)
      const bundles = args.flatMap((arg) => /^--outfile=(.+)$/.exec(arg)?.[1] ?? [])
      return [
        { folder, args: [binOf(name), ...args], env },
        ...bundles.map((bundle) => ({ folder, args: [EXERCISE, bundle] })),
      ]
    })
}

/** The file that npx runs. */
function binOf(name: string): string {
  const folder = join(here, 'node_modules', PACKAGES[name] ?? name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

/** The packages of programs with another name. */
const PACKAGES: Readonly<Record<string, string>> = { kysely: 'kysely-ctl' }

/** The time limits of the tests around them, so that a busy machine doesn't fail them. */
const PATIENT = ['--testTimeout=60000', '--hookTimeout=60000'] as const

const EXERCISE = fileURLToPath(new URL('exercise.mjs', import.meta.url))

const OTEL = new URL('otel.mjs', import.meta.url).href

function programFor(block: Block): Program {
  const file = fileOf(block)
  const folder = posix.dirname(file)
  const name = posix.basename(file)
  const { marks } = block
  const loaded = [
    ...(marks.has('dials') || marks.has('at') ? ['--import', NETWORK] : []),
    ...(marks.get('with') === 'otel' ? ['--import', OTEL] : []),
  ]
  if (isPrismaConfig(block)) {
    const args = ['db', 'execute', '--file', 'script.sql']
    return { folder, args: [...loaded, binOf('prisma'), ...args] }
  }
  switch (marks.get('run')) {
    case 'vitest':
      return { folder, args: [programIn('vitest', 'vitest.mjs'), 'run', '--root', '.', ...PATIENT, name] }
    case 'jest':
      return {
        folder,
        args: [join(here, 'node_modules/jest/bin/jest.js'), '--ci', '--rootDir', '.', PATIENT[0], name],
      }
    default: {
      const args = [...loaded, EXERCISE, name.replace(/\.ts$/, '.js')]
      return { folder: block.language === 'ts' ? `out/${folder}` : folder, args }
    }
  }
}
