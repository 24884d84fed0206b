// Builds each package once, as CommonJS, with entries for ESM that lead there, and types for both.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineConfig, type TsdownHooks, type UserConfig } from 'tsdown'
import { amazonRoots, rdsRoots, rootedRegions } from './packages/core/src/rds-roots.ts'

/** Each region's roots in a file of its own, which is read when a config for that region is built. */
const splitRoots: NonNullable<UserConfig['plugins']> = {
  name: 'split-roots',
  resolveId: (id) => (id.startsWith('./roots/') ? { id, external: true } : undefined),
  load: {
    filter: { id: /core[\\/]src[\\/]rds-roots\.ts$/ },
    handler() {
      const write = (name: string, roots: readonly string[]): void => {
        const source = `${JSON.stringify(roots, undefined, 1)}\n`
        this.emitFile({ type: 'asset', fileName: `roots/${name}.json`, source })
      }
      write('amazon', amazonRoots())
      for (const region of rootedRegions) write(region, rdsRoots(region))
      const files = rootedRegions.map((region) => `'${region}': () => require('./roots/${region}.json')`)
      return `
        const files = { ${files.join(', ')} } // written out, so that bundlers find them
        export const rdsRoots = (region) => (Object.hasOwn(files, region) ? files[region]() : [])
        export const amazonRoots = () => require('./roots/amazon.json')
      `
    },
  },
}

/** Whether it is built for `npm run coverage`, which wants to know where each piece of code comes from. */
const MEASURED = process.env.RDS_IAM_COVERAGE !== undefined

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
    // White space, comments (those in the types stay) and the names of variables go; functions keep theirs, for stacks.
    minify: MEASURED ? false : { compress: false, mangle: { keepNames: true }, codegen: true },
    sourcemap: MEASURED ? 'inline' : false,
    outputOptions: {
      comments: false,
      // Jest grants import() to no CommonJS module.
      dynamicImportInCjs: false,
    },
    checks: { legacyCjs: false },
    plugins: splitRoots,
    hooks: { 'build:done': writeEsmEntries },
  }
}

/**
 * ESM entries that re-export the CommonJS ones: who imports and who requires, in one process, share one cache of
 * tokens and one class of errors, and the code is installed once. Their types are complete, since the drivers' own
 * types may differ between the two.
 *
 * Node reads all of a CommonJS file for its names when ESM imports it, by a parser that it may optimize meanwhile: 60 ms
 * of CPU for a few KB of ours. So what it gets to read is a file with the names alone.
 */
const writeEsmEntries: TsdownHooks['build:done'] = async ({ chunks, options: { outDir } }) => {
  for (const chunk of chunks) {
    if (chunk.type !== 'chunk') continue
    const { fileName, code, exports } = chunk
    const write = (name: string, text: string): Promise<void> => writeFile(join(outDir, name), text)
    if (fileName.endsWith('.d.cts'))
      await write(esmName(fileName), code.replace(/(?<=from ")\.\/[^"]+\.cjs(?=")/g, esmName))
    else if (chunk.isEntry) {
      const names = fileName.replace(/cjs$/, 'names.cjs')
      await write(esmName(fileName), `export { ${exports.join(', ')} } from './${names}'\n`)
      const lines = exports.map((name) => `exports.${name} = all.${name}\n`)
      await write(names, `const all = require('./${fileName}')\n${lines.join('')}`)
    }
  }
}

function esmName(fileName: string): string {
  return fileName.replace(/\.c(js|ts)$/, '.m$1')
}

export default defineConfig([
  library('core', {
    index: 'src/index.ts',
    pg: 'src/drivers/pg.ts',
    mysql2: 'src/drivers/mysql2.ts',
    mariadb: 'src/drivers/mariadb.ts',
  }),
  library('knex'),
  library('typeorm'),
  library('prisma', { index: 'src/index.ts', pg: 'src/pg.ts', mariadb: 'src/mariadb.ts' }),
  library('local'),
  // A program: nobody imports it, and each command is a chunk of its own, loaded when it is asked for.
  { ...library('cli', { bin: 'src/bin.ts' }), format: 'esm', dts: false, hooks: {} },
])
