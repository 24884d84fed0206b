// The kinds of process starts to measure.
import { nodes } from '../../scripts/nodes.mjs'
import { type ContenderName, contendersOn, STACKS, type StackName } from './contenders/index.ts'

/** A kind of process start. */
export interface Start {
  readonly stack: StackName
  readonly format: 'esm' | 'cjs'
  /** A single file with all dependencies but the AWS SDK, built by esbuild, as on Lambda. */
  readonly bundled?: boolean
  /** With credentials from a container's endpoint instead of the environment. */
  readonly container?: boolean
  /** On Node.js 24, with `NODE_COMPILE_CACHE`. */
  readonly compileCache?: boolean
}

/** npm offers it only for Linux on x64. Elsewhere, these starts are left out. */
export const NODE_24: string | undefined = nodes[24]

// A const object has no other keys.
const ALL = Object.keys(STACKS) as StackName[]

export const STARTS: readonly Start[] = [
  ...ALL.map((stack) => ({ stack, format: 'esm' }) as const),
  { stack: 'pg', format: 'cjs' },
  { stack: 'mysql2', format: 'cjs' },
  { stack: 'pg', format: 'esm', bundled: true },
  { stack: 'pg', format: 'cjs', bundled: true },
  ...(NODE_24 ? [{ stack: 'pg', format: 'esm', compileCache: true } as const] : []),
  { stack: 'pg', format: 'esm', container: true },
]

/** Such as `pg/esm/bundled`. */
export function idOf({ stack, format, bundled, container, compileCache }: Start): string {
  const ways = [bundled && 'bundled', container && 'container', compileCache && 'compile-cache']
  return [stack, format, ...ways.filter((way) => way)].join('/')
}

/** Such as `pg, ESM, bundled without the AWS SDK`. */
export function titleOf({ stack, format, bundled, container, compileCache }: Start): string {
  const ways = [
    bundled && 'bundled without the AWS SDK',
    container && 'credentials from a container endpoint',
    compileCache && 'Node.js 24 with its compile cache',
  ]
  return [stack, format === 'esm' ? 'ESM' : 'CommonJS', ...ways.filter((way) => way)].join(', ')
}

/** AWS's wrapper can't be bundled without the AWS clients and the telemetry that it loads on demand. */
export function contendersIn({ stack, bundled }: Start): ContenderName[] {
  return contendersOn(stack).filter((name) => !bundled || name !== 'wrapper')
}
