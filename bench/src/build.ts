// Compiles what is measured, so that plain Node runs it, with the packages as they are built and not their sources.
import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { contendersOn, STACKS, type StackName } from './contenders/index.ts'

export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** Returns the folder with what was compiled; it lies in this package, so that its dependencies are found. */
export async function compile(): Promise<string> {
  await mkdir(join(root, 'dist'), { recursive: true })
  const outDir = await mkdtemp(join(root, 'dist', 'run-'))
  const stacks = Object.keys(STACKS) as StackName[] // the keys of a const object are known
  const contenders = stacks.flatMap((stack) =>
    contendersOn(stack).map((name) => `contenders/${stack}/${name}`),
  )
  const workers = ['worker', 'tokens', 'first-row']
  const common = {
    config: false,
    cwd: root,
    outDir,
    target: 'node20.19',
    platform: 'node',
    dts: false,
    logLevel: 'error',
    clean: false,
  } as const
  await Promise.all([
    build({ ...common, entry: entries([...workers, ...contenders]), format: 'esm' }),
    build({ ...common, entry: entries(contenders), format: 'cjs' }),
  ])
  return outDir
}

function entries(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]))
}
