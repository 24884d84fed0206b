// A user's project that holds the blocks of code as they stand: compiled together, run one by one.
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

/** Of a program's package, which need not export it. */
function programIn(name: string, program: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), program)
}

export interface Project {
  /** Compiles all of it; what has no error can be run then, whatever else has. */
  compile(): Promise<Ended>
  /** Runs a block to its end: a program, or commands one after another, until one fails. */
  run(block: Block, env: Record<string, string>): Promise<Ended>
  remove(): void
}

export function layOut(blocks: readonly Block[]): Project {
  mkdirSync(join(here, 'generated'), { recursive: true })
  // Within the workspace, so that it finds what is installed; in a folder that nothing else looks into.
  const root = mkdtempSync(join(here, 'generated', 'snippets-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  // What `prisma generate` has made for a user's schema.
  for (const block of blocks.filter(({ text }) => text.includes("from './generated/client.ts'"))) {
    const engine = block.marks.get('run') === 'mysql' ? 'mysql' : 'postgres'
    const generated = join(ROOT, 'examples/prisma/generated', engine)
    cpSync(generated, join(root, folderOf(block), 'generated'), { recursive: true })
  }
  for (const block of blocks) if (/^(ts|js|json)$/.test(block.language)) write(fileOf(block), block.text)
  for (const folder of new Set(blocks.filter(isCommands).map(folderOf))) {
    // Where a user's build puts what it compiles.
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
    // Without a config of its own, Vitest would take the one of this project, in a folder above.
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

/** Strict, and against what is built: no paths that lead to the sources. */
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
  skipLibCheck: true, // of the libraries' own declarations
  types: ['node'],
  experimentalDecorators: true, // as every Nest application has it
  emitDecoratorMetadata: true,
}

/** `postgres/README.md_48.ts`; what has a name keeps it, in a folder of its own, or the one that it names. */
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

/** What Node runs, and where. */
interface Program {
  readonly folder: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Commands as a shell reads them, each `NAME="value" npx program arguments`. A bundle that one makes is then run. */
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

/** What npx runs. */
function binOf(name: string): string {
  const folder = join(here, 'node_modules', PACKAGES[name] ?? name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

/** Of programs whose package has another name. */
const PACKAGES: Readonly<Record<string, string>> = { kysely: 'kysely-ctl' }

/** As the tests around them are: other work on the machine must not fail them. */
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
