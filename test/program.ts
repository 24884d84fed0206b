// A program of its own: run by tsx, with an environment that holds nothing of the developer's databases.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a TypeScript file to its end; `cwd` is relative to the project. */
export function runProgram(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd = '.',
): Promise<Ended> {
  return runCommand(process.execPath, ['--import', 'tsx', file, ...args], env, cwd)
}

/** Runs any command to its end. */
export async function runCommand(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd = '.',
): Promise<Ended> {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|VITEST|NODE_OPTIONS)/.test(name),
  )
  const child = spawn(command, args, {
    cwd: `${root}/${cwd}`,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, output: output.trim(), errors: errors.trim() }
}
