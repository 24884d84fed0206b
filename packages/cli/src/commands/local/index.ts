// `rds-iam local`: runs a local RDS in the foreground, until Ctrl-C or until the command after `--` ends.
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { type LocalRds, startLocalRds } from '@rds-iam/local'
import { type Ended, endAs, runChild } from '../../process/child.ts'
import { aborted, listenForSignals } from '../../process/interruption.ts'
import { inheritedEnv } from '../../process/sdk-advice.ts'
import { exported } from './environment-text.ts'
import { type LocalFlags, optionsOf } from './local-options.ts'
import { verdictLine } from './verdict-line.ts'

export async function local(flags: LocalFlags, command?: readonly string[]): Promise<number> {
  // Listen from the start, so that Ctrl-C also stops a server that is still starting.
  const interruption = listenForSignals()
  let ended: Ended
  try {
    const options = optionsOf(flags)
    const rds = await Promise.race([
      startLocalRds({
        ...options,
        onVerdict: (verdict) => process.stderr.write(`${verdictLine(verdict, flags.json)}\n`),
      }).catch((error: unknown) => {
        // Ctrl-C in a terminal also stops the programs that the start runs, and so makes it fail.
        if (!interruption.signal.aborted) throw error
      }),
      patienceEnds(interruption.signal),
    ])
    if (!rds) return leave(interrupted(command, interruption.signal))
    try {
      ended = await serve(rds, flags, command, interruption.signal)
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
  { json }: LocalFlags,
  command: readonly string[] | undefined,
  interruption: AbortSignal,
): Promise<Ended> {
  if (interruption.aborted) return interrupted(command, interruption)
  if (command) {
    const [program = '', ...args] = command
    // Unset empty variables: the AWS CLI takes an empty AWS_PROFILE for the name of a profile.
    const own = Object.entries(rds.env).map(([name, value]) => [name, value || undefined])
    return runChild(program, args, { ...inheritedEnv(), ...Object.fromEntries(own) })
  }
  process.stdout.write(`${json ? JSON.stringify(rds.env) : exported(rds.env)}\n`)
  if (!json)
    process.stderr.write(`${rds.engine} ${rds.serverVersion} at ${rds.url}; press Ctrl-C to stop it\n`)
  await aborted(interruption)
  return interrupted(command, interruption)
}

/** Ctrl-C is the normal way to stop a local RDS. With a command, Ctrl-C stops the command. */
function interrupted(command: readonly string[] | undefined, { reason }: AbortSignal): Ended {
  return command ? { code: null, signal: reason } : { code: 0, signal: null }
}

/** How long to wait for an interrupted start, which may be nearly done and can then be stopped properly. */
const PATIENCE_MS = 1000

async function patienceEnds(interruption: AbortSignal): Promise<undefined> {
  await aborted(interruption)
  return delay(PATIENCE_MS)
}

/**
 * Ends this process while a local RDS is starting. The supervisor then stops the server and removes the folders. Raises
 * the signal last, when the process exits.
 */
function leave({ code, signal }: Ended): number {
  if (signal === null) return code
  process.once('exit', () => process.kill(process.pid, signal))
  return 128 + constants.signals[signal]
}
