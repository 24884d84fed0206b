// Runs a command as a child on the same terminal, forwards signals to it, and ends the way it ends.
import { constants } from 'node:os'
import spawn from 'cross-spawn'
import { Failed } from '../failure.ts'
import { inForeground } from './terminal.ts'

/** How a process ended: with a status, or by a signal. */
export type Ended =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: NodeJS.Signals }

const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGBREAK']
    : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
/**
 * A terminal sends these to all its foreground programs, and many programs abort when they get one twice. Node doesn't
 * say who sent a signal, so none of these is forwarded while this process is in the foreground.
 */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGBREAK']

/** Runs the command until it ends. @throws Failed with a shell's exit status if it can't start */
export function runChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const known = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const forward = (signal: NodeJS.Signals): void => {
      if (!(FROM_TERMINAL.includes(signal) && inForeground())) child.kill(signal)
    }
    // Listen before the command starts. Otherwise a signal could end this process and leave the command running.
    for (const signal of SIGNALS) process.on(signal, forward)
    const child = spawn(command, [...args], { stdio: 'inherit', env: known })
    const settle = (): void => {
      for (const signal of SIGNALS) process.off(signal, forward)
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      settle()
      reject(notStarted(command, error))
    })
    child.once('exit', (code, signal) => {
      settle()
      resolve({ code, signal } as Ended) // https://nodejs.org/api/child_process.html#event-exit: exactly one is set
    })
  })
}

/** Ends this process the way the command ended: with the same signal or status. */
export function endAs({ code, signal }: Ended): number {
  if (signal === null) return code
  process.kill(process.pid, signal)
  return 128 + constants.signals[signal] // reached for a signal that Node ignores, such as SIGPIPE
}

function notStarted(command: string, error: NodeJS.ErrnoException): Failed {
  if (error.code === 'ENOENT') {
    return new Failed([`${command}: command not found; install it, or write its path`], 127)
  }
  return new Failed([`${command} can't be run: ${error.message}`], 126)
}
