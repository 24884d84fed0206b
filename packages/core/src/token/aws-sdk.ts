// Loads the AWS SDK, and ends the requests and processes that it starts while it looks for credentials. The SDK itself
// would wait for them.
import { AsyncLocalStorage } from 'node:async_hooks'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'

export { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'

/** A signal for the current search, which aborts when the search is over. */
const searches = new AsyncLocalStorage<AbortSignal>()
let watching = false

/** Runs `work`. The HTTP requests and child processes that it starts end when `over` aborts, or at once if it has. */
export function endedBy<T>(over: AbortSignal, work: () => T): T {
  if (!watching) watch()
  return searches.run(over, work)
}

/** Runs a user's own function. Its requests aren't ended, because others may need them too. */
export function leftAlone<T>(work: () => T): T {
  return searches.exit(work)
}

/** https://nodejs.org/api/diagnostics_channel.html#built-in-channels */
function watch(): void {
  watching = true
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest } // as Node documents it
    atTheEnd(() => {
      request.destroy()
      request.socket?.destroy() // an agent may have kept it for another request
    })
  })
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess } // as Node documents it
    atTheEnd(() => {
      kill(child)
      for (const stream of child.stdio ?? []) stream?.destroy()
    })
  })
}

function atTheEnd(end: () => void): void {
  const over = searches.getStore()
  if (over?.aborted)
    setImmediate(end) // Node has not returned it to its caller yet
  else over?.addEventListener('abort', end, { once: true })
}

/** The SDK starts a shell, which may wait for the actual program. */
function kill({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'])
  else for (const id of [pid, ...descendantsOf(pid)]) signal(id)
}

function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' })
  const pairs = stdout?.matchAll(/(\d+) +(\d+)/g) ?? [] // some container images have no ps
  const processes = [...pairs].map(([, parent, id]) => ({ parent: Number(parent), id: Number(id) }))
  const found = new Set([pid])
  // Iterating a set includes what is added meanwhile.
  for (const ancestor of found) for (const { parent, id } of processes) if (parent === ancestor) found.add(id)
  found.delete(pid)
  return [...found]
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it has already ended
}
