// Compiles the contenders, so that plain Node runs them with the built packages instead of the sources.
import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build } from 'tsdown'
import { type ContenderName, contendersOn, STACKS, type StackName } from './contenders/index.ts'
import { contendersIn, STARTS, type Start } from './starts.ts'

export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** Returns the output folder. It is in this package, so that Node finds the dependencies. */
export async function compile(): Promise<string> {
  await mkdir(join(root, 'dist'), { recursive: true })
  const outDir = await mkdtemp(join(root, 'dist', 'run-'))
  const stacks = Object.keys(STACKS) as StackName[] // a const object has no other keys
  const contenders = stacks.flatMap((stack) =>
    contendersOn(stack).map((name) => `contenders/${stack}/${name}`),
  )
  const names = ['worker', 'tokens', ...contenders]
  await Promise.all([
    build({
      config: false,
      cwd: root,
      outDir,
      target: 'node20.19',
      platform: 'node',
      dts: false,
      logLevel: 'error',
      clean: false,
      entry: Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])),
      format: 'esm',
    }),
    // The other starts run the same programs.
    ...STARTS.filter(({ container, compileCache }) => !container && !compileCache).flatMap((start) =>
      contendersIn(start).map((name) => compileStart(outDir, start, name)),
    ),
  ])
  return outDir
}

/** The program that logs in as a contender and reads a row. */
export function programOf(compiled: string, { stack, format, bundled }: Start, name: ContenderName): string {
  const file = `${name}.${format === 'esm' ? 'mjs' : 'cjs'}`
  return join(compiled, 'starts', stack, bundled ? 'bundled' : 'plain', file)
}

async function compileStart(outDir: string, start: Start, name: ContenderName): Promise<void> {
  const esm = start.format === 'esm'
  await esbuild({
    stdin: {
      contents: `
        import { enter } from './contenders/${start.stack}/${name}.ts'
        import { firstRow } from './first-row.ts'
        firstRow(enter)`,
      resolveDir: join(root, 'src'),
      loader: 'ts',
    },
    outfile: programOf(outDir, start, name),
    bundle: true,
    // AWS's CDK leaves the SDK out by default, because Lambda's runtime contains it.
    ...(start.bundled ? { external: ['pg-native', '@aws-sdk/*'] } : { packages: 'external' }),
    format: start.format,
    platform: 'node',
    target: 'node20.19',
    // CommonJS in an ES module needs a `require`: https://github.com/evanw/esbuild/issues/1921
    ...(start.bundled &&
      esm && {
        banner: {
          js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
        },
      }),
    logLevel: 'error',
  })
}
