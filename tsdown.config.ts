// Builds each package once, as CommonJS, with ESM entries that re-export it, and types for both.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineConfig, type TsdownHooks, type UserConfig } from 'tsdown'
import { amazonRoots, type Root, rdsRoots, rootedRegions } from './packages/core/src/trust/roots.ts'

/** Puts each region's roots into a separate file, which is read when a config for that region is created. */
const splitRoots: NonNullable<UserConfig['plugins']> = {
  name: 'split-roots',
  resolveId: (id) => (id.startsWith('./roots/') ? { id, external: true } : undefined),
  load: {
    filter: { id: /core[\\/]src[\\/]trust[\\/]roots\.ts$/ },
    handler() {
      const write = (name: string, roots: readonly Root[]): void => {
        const source = `${JSON.stringify(roots, undefined, 1)}\n`
        this.emitFile({ type: 'asset', fileName: `roots/${name}.json`, source })
      }
      for (const region of rootedRegions) write(region, rdsRoots(region))
      const files = rootedRegions.map((region) => `'${region}': () => require('./roots/${region}.json')`)
      return `
        const files = { ${files.join(', ')} } // written out, so that bundlers find them
        export const rdsRoots = (region) => (Object.hasOwn(files, region) ? files[region]() : [])
        const amazon = ${JSON.stringify(amazonRoots())} // every target needs them
        export const amazonRoots = () => amazon
      `
    },
  },
}

/** V8 decodes and parses a file faster if it is plain ASCII, and keeps it in half the memory. */
const plainAscii: NonNullable<UserConfig['plugins']> = {
  name: 'plain-ascii',
  renderChunk: (code) => ({ code: code.replace(/[^\0-\x7f]/g, escaped), map: null }),
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function library(name: string, entry: Record<string, string> = { index: 'src/index.ts' }): UserConfig {
  return {
    name,
    cwd: `packages/${name}`,
    entry,
    format: 'cjs',
    target: 'node20.19',
    platform: 'node',
    dts: true,
    tsconfig: '../tsconfig.json',
    // Published readable: not minified, with source maps that contain the TypeScript sources.
    minify: false,
    sourcemap: true,
    hash: false,
    outputOptions: {
      // Jest doesn't allow import() in CommonJS.
      dynamicImportInCjs: false,
      minifyInternalExports: false,
    },
    checks: { legacyCjs: false },
    plugins: [splitRoots, plainAscii],
    hooks: { 'build:done': writeEsmEntries },
  }
}

/** Code that several entries share goes into one file, because Node needs half a millisecond for each file. */
function inOneFile(config: UserConfig): UserConfig {
  const codeSplitting = { groups: [{ name: 'shared', test: /(?<!\.d)\.[cm]?[jt]s$/, minShareCount: 2 }] }
  return { ...config, outputOptions: { ...config.outputOptions, codeSplitting } }
}

/**
 * ESM entries that re-export the CommonJS ones. Code that imports and code that requires then share one token cache and
 * one error class, and the code is installed only once. Each entry has its own types, because the drivers' types may
 * differ between the two.
 *
 * When ESM imports a CommonJS file, Node parses the whole file to find its exports. That took 60 ms of CPU for a few KB.
 * So each entry imports a file that contains only the names.
 */
const writeEsmEntries: TsdownHooks['build:done'] = async ({ chunks, options: { outDir } }) => {
  for (const chunk of chunks) {
    if (chunk.type !== 'chunk' || !chunk.isEntry) continue
    const { fileName, code, exports } = chunk
    const write = (name: string, text: string): Promise<void> => writeFile(join(outDir, name), text)
    if (fileName.endsWith('.d.cts')) await write(esmName(fileName), code)
    else {
      const names = fileName.replace(/cjs$/, 'names.cjs')
      await write(
        esmName(fileName),
        `export {\n${exports.map((name) => `  ${name},\n`).join('')}} from './${names}'\n`,
      )
      const lines = exports.map((name) => `exports.${name} = all.${name}\n`)
      await write(names, `const all = require('./${fileName}')\n${lines.join('')}`)
    }
  }
}

function esmName(fileName: string): string {
  return fileName.replace(/\.c(js|ts)$/, '.m$1')
}

export default defineConfig([
  inOneFile(
    library('core', {
      index: 'src/index.ts',
      pg: 'src/drivers/pg.ts',
      mysql2: 'src/drivers/mysql2.ts',
      mariadb: 'src/drivers/mariadb.ts',
      connect: 'src/connect/index.ts',
    }),
  ),
  library('knex'),
  library('typeorm'),
  library('prisma', { index: 'src/index.ts', pg: 'src/pg.ts', mariadb: 'src/mariadb.ts' }),
  library('proxy'),
  library('local'),
  // The program, with a chunk for each command that is loaded when the command runs; and the doctor as a function.
  {
    ...library('cli', { bin: 'src/bin.ts', index: 'src/index.ts' }),
    format: 'esm',
    dts: { entry: 'packages/cli/src/index.ts' },
    hooks: {},
  },
])
