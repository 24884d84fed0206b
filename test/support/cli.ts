// The program as people get it: packed, and installed from the tarballs in an empty folder.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type ChildOptions, type Ended, ended, start as startChild } from './child.ts'
import { installPacked } from './cli-install.ts'

export interface PackedCli {
  /** A folder for this installation: the home directory of its programs, and for temporary files. */
  readonly home: string
  readonly temporary: string
  /** The folder of the program, for a PATH. */
  readonly bin: string
  start(args: readonly string[], options?: ChildOptions): ChildProcessWithoutNullStreams
  run(args: readonly string[], options?: ChildOptions): Promise<Ended>
}

/** The installed program, once the tests run. */
export function usePackedCli(): () => PackedCli {
  let folder: string | undefined
  let cli: PackedCli | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rds-iam-packed-'))
    // A server that root starts runs as another user, and has its folder in here.
    await chmod(folder, 0o755)
    cli = await install(folder)
  })
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true })
  })
  return () => {
    if (!cli) throw new Error('the program is installed while tests run only')
    return cli
  }
}

async function install(folder: string): Promise<PackedCli> {
  const project = join(folder, 'project')
  const home = join(folder, 'home')
  const temporary = join(folder, 'tmp')
  for (const path of [project, home, temporary]) await mkdir(path)
  await chmod(temporary, 0o1777)
  await installPacked(project)
  const bin = join(project, 'node_modules', '.bin')
  const start: PackedCli['start'] = (args, { env = {}, cwd = project, ...others } = {}) => {
    const own = { PATH: `${bin}${delimiter}${process.env.PATH}`, HOME: home, TMPDIR: temporary }
    return startChild(...program(bin, args), { ...others, cwd, env: { ...own, ...env } })
  }
  const run: PackedCli['run'] = async (args, options = {}) => ended(start(args, options), options.input)
  return { home, temporary, bin, start, run }
}

/** On Windows, the name of a script needs its extension. */
function program(bin: string, args: readonly string[]): [string, string[]] {
  return process.platform === 'win32'
    ? [process.execPath, [join(bin, '../rds-iam/dist/bin.mjs'), ...args]]
    : [join(bin, 'rds-iam'), [...args]]
}
