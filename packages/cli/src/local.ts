// `rds-iam local`: a local RDS in the foreground, until Ctrl-C, or until the command after `--` ends.
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { type LocalRds, type LocalRdsOptions, startLocalRds, type Verdict } from '@rds-iam/local'
import { type Ended, endAs, runChild } from './child.ts'
import { colored, takesColor } from './color.ts'
import { inheritedEnv } from './sdk-advice.ts'
import { quotedWord } from './shell.ts'

export interface LocalFlags {
  readonly engine?: 'postgres' | 'mysql'
  readonly port?: number
  readonly upstream?: string
  readonly user?: readonly string[]
  readonly database?: string
  readonly region?: string
}

export async function local(flags: LocalFlags, command?: readonly string[]): Promise<number> {
  // Listened for from the start: a server that is just starting must be stopped too.
  const interruption = listen()
  let ended: Ended
  try {
    const rds = await Promise.race([
      startLocalRds({ ...optionsOf(flags), onVerdict: tell }),
      patienceEnds(interruption.signal),
    ])
    if (!rds) return leave(interrupted(command, interruption.signal))
    try {
      ended = await serve(rds, command, interruption.signal)
    } finally {
      await rds.stop()
    }
  } finally {
    interruption.forget()
  }
  return endAs(ended)
}

async function serve(
  rds: LocalRds,
  command: readonly string[] | undefined,
  interruption: AbortSignal,
): Promise<Ended> {
  if (interruption.aborted) return interrupted(command, interruption)
  if (command) {
    const [program = '', ...args] = command
    // What is empty is not to be: the AWS CLI takes an empty AWS_PROFILE for the name of a profile.
    const own = Object.entries(rds.env).map(([name, value]) => [name, value || undefined])
    return runChild(program, args, { ...inheritedEnv(), ...Object.fromEntries(own) })
  }
  process.stdout.write(`${exported(rds.env)}\n`)
  process.stderr.write(`${rds.engine} ${rds.serverVersion} at ${rds.url}; Ctrl-C stops it\n`)
  await aborted(interruption)
  return interrupted(command, interruption)
}

/** Ctrl-C is how a local RDS ends; a command is ended by it. */
function interrupted(command: readonly string[] | undefined, { reason }: AbortSignal): Ended {
  return command ? { code: null, signal: reason } : { code: 0, signal: null }
}

/** How long an interrupted start may go on: one that is nearly done is waited for, and stopped. */
const PATIENCE_MS = 1000

async function patienceEnds(interruption: AbortSignal): Promise<undefined> {
  await aborted(interruption)
  return delay(PATIENCE_MS)
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

/**
 * Ends this process while a local RDS starts. Its keeper stops the server, and removes its folder. The folder of
 * certificates goes when the process exits, which it does not do by a signal: that is sent last.
 */
function leave({ code, signal }: Ended): number {
  if (signal === null) return code
  process.once('exit', () => process.kill(process.pid, signal))
  return 128 + constants.signals[signal]
}

/** What ends us, as an abort whose reason is the signal's name. */
function listen(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const abort = (signal: NodeJS.Signals): void => controller.abort(signal)
  for (const signal of signals) process.on(signal, abort)
  return {
    signal: controller.signal,
    forget: () => {
      for (const signal of signals) process.off(signal, abort)
    },
  }
}

function optionsOf({ engine, port, user, database, region, ...flags }: LocalFlags): LocalRdsOptions {
  const upstream = flags.upstream ?? (process.env.RDS_IAM_UPSTREAM || undefined)
  const ofUpstream = /^(mysql|mariadb):/.test(upstream ?? '') ? 'mysql' : 'postgres'
  const given = { port, upstream, users: user, database, region }
  return {
    engine: engine ?? ofUpstream,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

/**
 * For a POSIX shell, and on Windows for PowerShell; both take what stands in single quotes as it is. What is empty is
 * not to be set.
 */
export function exported(env: Readonly<Record<string, string>>): string {
  const windows = process.platform === 'win32'
  const line = (name: string, value: string): string => {
    if (value === '') return windows ? `Remove-Item -ErrorAction Ignore Env:${name}` : `unset ${name}`
    return windows ? `$env:${name} = '${value.replaceAll("'", "''")}'` : `export ${name}=${quotedWord(value)}`
  }
  return Object.entries(env)
    .map(([name, value]) => line(name, value))
    .join('\n')
}

/** A line per login: when, the verdict, who, and the reason that RDS itself never tells. */
function tell(verdict: Verdict): void {
  const { at, detail, user = '–', loginMs } = verdict
  const time = at.toTimeString().slice(0, 8)
  process.stderr.write(`${time} ${word(verdict)} ${user}: ${detail} (${Math.round(loginMs)} ms)\n`)
}

function word({ admitted, reason }: Verdict): string {
  const color = takesColor(process.stderr)
  if (admitted) return colored('green', 'admitted', color)
  // Who has asked for nothing was refused nothing.
  if (reason === 'incomplete') return colored('dim', `left (${reason})`, color)
  return colored('red', `refused (${reason})`, color)
}
