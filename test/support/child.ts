// Child processes: started without the developer's environment, awaited, and read to the end.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** Variables that a child must not inherit: those about databases, AWS, and how this process was started. */
const FOREIGN =
  /^(AWS_|PG|MYSQL_|DATABASE_URL$|RDS_IAM_|VITEST|JEST_|NODE_(?!V8_COVERAGE$)|npm_(?!config_(cache|userconfig)$)|NO_COLOR$|FORCE_)/

export interface ChildOptions {
  /** Added to the environment, or removed from it if undefined. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Relative to the project. */
  readonly cwd?: string
  /** The input on stdin. Default: none, as from /dev/null. */
  readonly input?: string
  /** Whether to start it without a terminal, as under a supervisor. Default: it shares the tests' terminal. */
  readonly detached?: boolean
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

/** The environment that a child inherits. */
export function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)))
}

export function start(
  command: string,
  args: readonly string[],
  { env = {}, cwd = '.', detached = false }: ChildOptions = {},
): ChildProcessWithoutNullStreams {
  return spawn(command, args, {
    cwd: resolve(ROOT, cwd),
    detached,
    env: { ...inherited(), ...env },
    // On Windows, npm and npx are scripts, which need a shell.
    shell: process.platform === 'win32' && /^np[mx]$/.test(command),
  })
}

/** Waits for a child's end. */
export async function ended(child: ChildProcessWithoutNullStreams, input = ''): Promise<Ended> {
  child.stdin.on('error', () => {}) // it doesn't have to read it
  child.stdin.end(input)
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, signal, output, errors }
}

/** Runs a command to its end. */
export function run(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  return ended(start(command, args, options), options.input)
}

/** The arguments for Node to run a TypeScript file, relative to the project. */
export function typescript(file: string, ...args: readonly string[]): string[] {
  return ['--import', import.meta.resolve('tsx'), resolve(ROOT, file), ...args]
}

/** Runs a command to its end. Resolves with its output; rejects if it fails. */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<string> {
  const { code, output, errors } = await run(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}${errors}`)
  return output.trimEnd()
}
