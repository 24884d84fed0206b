// A user's project that holds the blocks of code as they stand: compiled together, run one by one.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Ended, runCommand } from '../program.ts'
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
  /** Runs a block to its end. */
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
  for (const engine of ['postgres', 'mysql']) {
    cpSync(join(ROOT, 'examples/prisma/generated', engine), join(root, engine, 'generated'), {
      recursive: true,
    })
  }
  for (const block of blocks) if (/^(ts|js|json)$/.test(block.language)) write(fileOf(block), block.text)
  for (const block of blocks.filter(({ marks }) => marks.get('run') === 'vitest')) {
    // Without a config of its own, Vitest would take the one of this project, in a folder above.
    const config = posix.join(posix.dirname(fileOf(block)), 'vitest.config.ts')
    if (!existsSync(join(root, config))) write(config, 'export default {}\n')
  }
  const compiled = blocks.filter(({ language, marks }) => language === 'ts' && !marks.has('unchecked'))
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: compiled.map(fileOf) }))
  return {
    compile: () => {
      const tsc = programIn('typescript', 'bin/tsc')
      return runCommand(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {}, relative(ROOT, root))
    },
    run: (block, env) => {
      const { folder, args } = programFor(block)
      return runCommand(process.execPath, args, { CI: '1', ...env }, relative(ROOT, join(root, folder)))
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

/** As the tests around them are: other work on the machine must not fail them. */
const PATIENT = ['--testTimeout=60000', '--hookTimeout=60000'] as const

function programFor(block: Block): { folder: string; args: readonly string[] } {
  const file = fileOf(block)
  const folder = posix.dirname(file)
  const name = posix.basename(file)
  const { marks } = block
  switch (marks.get('run')) {
    case 'vitest':
      return { folder, args: [programIn('vitest', 'vitest.mjs'), 'run', '--root', '.', ...PATIENT, name] }
    case 'jest':
      return {
        folder,
        args: [join(here, 'node_modules/jest/bin/jest.js'), '--ci', '--rootDir', '.', PATIENT[0], name],
      }
    default: {
      const network = pathToFileURL(join(here, 'network.mjs')).href
      const before = marks.get('dials') === 'host' ? ['--import', network] : []
      return { folder: `out/${folder}`, args: [...before, name.replace(/\.ts$/, '.js')] }
    }
  }
}
