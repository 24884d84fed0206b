// A supervisor: a small Node.js process between this process and a database server. When this process ends for any
// reason, the pipe between the two closes. The supervisor then ends the server and removes its folders.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { SUPERVISOR_PROGRAM } from './supervisor-program.ts'

export interface Step {
  command: string
  args: readonly string[]
  /** A file to read as standard input. */
  input?: string
}

export interface Plan {
  /** Run one after another; each must exit with code 0. */
  prepare: readonly Step[]
  server: Step
  /**
   * For a server step that starts the server in the background and exits with code 0: the file with the server's
   * process ID in its first line.
   */
  pidFile?: string
  /** The signal that stops the server. On Windows, the server is killed with all its children. */
  stopSignal: 'SIGKILL' | 'SIGQUIT'
  /** The programs' working directory. */
  folder: string
  /** The file that the programs' output goes to. */
  log: string
  /** The user to run the programs as, if not the user of this process. */
  uid?: number
  gid?: number
}

export interface Run {
  /** The server's process ID, once it has started. */
  started: Promise<number>
  /** Why the server, or a step before it, ended. */
  ended: Promise<string>
  /** Ends the plan's programs. Resolves when all have ended. */
  stop(): Promise<void>
}

export interface Supervisor {
  /** Creates a temporary folder that only this user can read. It is removed at the end, whatever happens. */
  createFolder(name: string): Promise<string>
  /** Runs a plan. Only one may run at a time. */
  run(plan: Plan): Run
  /** Ends the programs, then removes the folders. Resolves when both are done, even if the supervisor was killed. */
  stop(): Promise<void>
}

/** How long a program may take to end before it is killed. */
const PATIENCE_MS = 10_000

export function startSupervisor(): Supervisor {
  const { child, stdin, stdout, held } = spawnSupervisor()
  const allGone = once(held.resume(), 'close')
  const events = new EventEmitter()
  let stopSignal: Plan['stopSignal'] = 'SIGKILL'
  let pid: number | undefined
  createInterface({ input: stdout }).on('line', (line) => {
    // supervisor-program.ts lists the events.
    for (const [name, value] of Object.entries(JSON.parse(line) as Record<string, unknown>)) {
      if (name === 'pid') pid = Number(value)
      if (name === 'ended') pid = undefined
      events.emit(name, value)
    }
  })
  const died = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${process.execPath}: ${error.message}`))
    stdout.once('close', () => {
      // All output of the supervisor has been read. If a program still runs, the supervisor was killed.
      if (pid !== undefined) endOrphan(pid, stopSignal, allGone)
      resolve('its supervisor process has ended')
    })
  })
  const order = (what: object): void => void stdin.write(`${JSON.stringify(what)}\n`)

  const folders: string[] = []
  let stopped: Promise<void> | undefined
  return {
    async createFolder(name) {
      const path = join(tmpdir(), `${name}-${randomBytes(6).toString('hex')}`)
      folders.push(path)
      order({ own: path }) // before the folder exists, because this process may be killed at any moment
      await mkdir(path, { mode: 0o700 })
      return path
    },
    run(plan) {
      stopSignal = plan.stopSignal
      const started = once(events, 'started').then(([pid]) => Number(pid))
      const ended = Promise.race([once(events, 'ended').then(([why]) => String(why)), died])
      order({ run: plan })
      return {
        started,
        ended,
        async stop() {
          const done = once(events, 'done')
          order({ end: true })
          await Promise.race([done, allGone])
        },
      }
    },
    stop() {
      stopped ??= (async () => {
        for (const end of [child, held]) end.ref()
        stdin.end()
        await allGone
        // The supervisor has removed them, unless it was killed. Here, failing to remove one is an error.
        for (const folder of folders) await rm(folder, { recursive: true, force: true })
      })()
      return stopped
    },
  }
}

function spawnSupervisor() {
  const child = spawn(process.execPath, ['--eval', SUPERVISOR_PROGRAM], {
    cwd: dirname(process.execPath), // Windows can't remove the working directory of a process
    // A separate process group: Ctrl-C in a terminal must not reach it, because this process may still need the server.
    detached: process.platform !== 'win32',
    env: environment(),
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    windowsHide: true,
  })
  // Node.js uses sockets for these pipes. `held` is open while the supervisor or one of its programs runs.
  const [stdin, stdout, , held] = child.stdio as unknown as [Socket, Socket, null, Socket]
  for (const socket of [stdin, stdout, held]) socket.on('error', () => {}) // 'close' follows
  // The gate keeps this process alive. In Bun, a child's stdin has no `unref`.
  for (const end of [child, stdin, stdout, held]) end.unref?.()
  return { child, stdin, stdout, held }
}

/** Ends a program after its supervisor was killed. */
function endOrphan(pid: number, signal: Plan['stopSignal'], gone: Promise<unknown>): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', `${pid}`, '/t', '/f'], { windowsHide: true }).on('error', () => {})
    return
  }
  const kill = (how: NodeJS.Signals): void => {
    try {
      process.kill(pid, how)
    } catch {} // it has already ended
  }
  kill(signal)
  const patience = setTimeout(() => kill('SIGKILL'), PATIENCE_MS).unref()
  void gone.then(() => clearTimeout(patience))
}

/** Only what programs need to run: PGPORT, MYSQL_TCP_PORT and NODE_OPTIONS would change what they do. */
function environment(): Record<string, string> {
  const names = ['PATH', 'SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'TEMP', 'TMP', 'TMPDIR']
  const libraries = ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH']
  const wanted = [...names, ...libraries]
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && wanted.includes(name.toUpperCase()) ? [[name, value]] : [],
  )
  return Object.fromEntries([...inherited, ['LC_ALL', 'C'], ['TZ', 'UTC']])
}
