// Runs a database server under a keeper: a small Node.js process of ours that stands between this process and the
// server. The keeper holds one end of a pipe. When this process ends, however it ends, the pipe closes, and the
// keeper stops the server and removes its folder. Stopping on purpose is a word and closing the pipe.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export interface Step {
  command: string
  args: readonly string[]
  /** A file to read as standard input. */
  input?: string
}

export interface Plan {
  /** Run one after the other; each must end with exit code 0. */
  prepare: readonly Step[]
  server: Step
  /** Sent to the server to stop it; on Windows it is ended with all its children. */
  stopSignal: 'SIGKILL' | 'SIGQUIT'
  /** Where the programs run, and what is removed in the end. */
  folder: string
  /** Also removed if this process ends without having stopped the server. */
  alsoRemove: readonly string[]
  /** Takes what the programs say. */
  log: string
  /** As whom the programs run, when that is not the user of this process. */
  uid?: number
  gid?: number
}

export interface Kept {
  /** The server's process id, once it has been started. */
  started: Promise<number>
  /** Why the server, or a step before it, ended by itself. */
  ended: Promise<string>
  /** Stops the server and removes the folders. Resolves when both have been done. */
  stop(): Promise<void>
}

// Plain JavaScript, for `node --eval`: it must run as it stands, whichever build this file has become part of.
const KEEPER = `
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const plan = JSON.parse(process.argv[1])
const windows = process.platform === 'win32'
const log = fs.openSync(plan.log, 'a')
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\\n')
// Signals meant for the process group are not meant for the keeper.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
process.stdout.on('error', () => {})
let child
let stopping = false
function run(step, isServer) {
  return new Promise((resolve) => {
    const input = step.input === undefined ? 'ignore' : fs.openSync(step.input, 'r')
    const { uid, gid, folder: cwd } = plan
    child = spawn(step.command, step.args, { cwd, uid, gid, stdio: [input, log, log], windowsHide: true })
    if (isServer) child.once('spawn', () => tell({ started: child.pid }))
    child.once('error', (error) => resolve(String(error.message)))
    child.once('exit', (code, signal) => resolve(code === 0 && !isServer ? '' : 'it ended with ' + (signal ?? 'exit code ' + code)))
  }).finally(() => { child = undefined })
}
async function main() {
  for (const step of plan.prepare) {
    const fault = stopping ? '' : await run(step, false)
    if (fault) return tell({ ended: step.command + ': ' + fault })
  }
  if (!stopping) tell({ ended: plan.server.command + ': ' + (await run(plan.server, true)) })
}
const done = main()
let onPurpose = false
process.stdin.on('data', () => { onPurpose = true })
process.stdin.on('error', () => {})
process.stdin.on('close', async () => {
  stopping = true
  if (child?.pid) {
    if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { windowsHide: true }).on('error', () => {})
    else child.kill(plan.stopSignal)
  }
  await done
  fs.closeSync(log)
  for (const folder of onPurpose ? [plan.folder] : [plan.folder, ...plan.alsoRemove]) {
    try { fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }) } catch {}
  }
  process.exit()
})
`

export function keep(plan: Plan): Kept {
  const keeper = spawn(process.execPath, ['--eval', KEEPER, JSON.stringify(plan)], {
    // Not the folder itself: it could not be removed on Windows.
    cwd: dirname(plan.folder),
    // A group of its own: Ctrl-C in a terminal goes to this process, which may still want its server.
    detached: process.platform !== 'win32',
    env: environment(),
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  })
  // The gate keeps this process alive, not the keeper. Node.js makes these two pipes of sockets, always.
  for (const end of [keeper, keeper.stdin as Socket, keeper.stdout as Socket]) end.unref()
  keeper.stdin.on('error', () => {}) // it is gone; 'close' tells
  const gone = new Promise<void>((resolve) => {
    keeper.once('close', () => resolve())
    keeper.once('error', () => resolve())
  })
  return {
    ...listenTo(keeper),
    stop() {
      keeper.ref()
      keeper.stdin.end('stop')
      return gone
    },
  }
}

function listenTo(keeper: ChildProcessByStdio<Writable, Readable, null>): Pick<Kept, 'started' | 'ended'> {
  let onStarted: (pid: number) => void
  let onEnded: (why: string) => void
  const started = new Promise<number>((resolve) => {
    onStarted = resolve
  })
  const ended = new Promise<string>((resolve) => {
    onEnded = resolve
  })
  createInterface({ input: keeper.stdout }).on('line', (line) => {
    // Lines of the keeper above: one or the other.
    const event = JSON.parse(line) as { started?: number; ended?: string }
    if (event.started !== undefined) onStarted(event.started)
    if (event.ended !== undefined) onEnded(event.ended)
  })
  keeper.once('error', (error) => onEnded(`${process.execPath}: ${error.message}`))
  keeper.once('close', () => onEnded('the process that keeps the server has ended'))
  return { started, ended }
}

/** What programs need to run. No more: PGPORT or MYSQL_TCP_PORT would count, and NODE_OPTIONS in the keeper. */
function environment(): Record<string, string> {
  const names = ['PATH', 'SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'TEMP', 'TMP', 'TMPDIR']
  const libraries = ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH']
  const wanted = [...names, ...libraries]
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && wanted.includes(name.toUpperCase()) ? [[name, value]] : [],
  )
  return Object.fromEntries([...inherited, ['LC_ALL', 'C'], ['TZ', 'UTC']])
}
