// `rds-iam exec -- COMMAND`: runs a command against a proxy that lives as long as the command does.
import { engineOf, type IamTarget, safeText } from '@rds-iam/core'
import { type ProxyRejection, startProxy } from '@rds-iam/proxy'
import { type Ended, endAs, runChild } from '../process/child.ts'
import { inheritedEnv } from '../process/sdk-advice.ts'
import { withMysqlFlags } from './mysql-flags.ts'

export async function exec(target: IamTarget, command: readonly string[]): Promise<number> {
  const proxy = await startProxy(target, { onRejected: tellOnce() })
  let ended: Ended
  try {
    const [program = '', ...args] =
      engineOf(target) === 'mysql' ? withMysqlFlags(command, proxy.env) : [...command]
    ended = await runChild(program, args, { ...inheritedEnv(), ...NEUTRAL, ...proxy.env })
  } finally {
    await proxy.stop()
  }
  return endAs(ended)
}

/**
 * What would lead the engine's clients past the proxy, or have them ask for what a local connection does not have.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
const NEUTRAL: Readonly<Record<string, undefined>> = {
  PGHOSTADDR: undefined,
  PGSERVICE: undefined,
  PGREQUIRESSL: undefined,
  PGSSLNEGOTIATION: undefined,
  PGSSLROOTCERT: undefined,
  PGCHANNELBINDING: undefined,
  PGREQUIREAUTH: undefined,
  PGGSSENCMODE: undefined,
  MYSQL_UNIX_PORT: undefined,
}

/** Clients that disconnect, or send something that is no login, know so themselves. */
const UNTOLD: readonly ProxyRejection['reason'][] = ['left', 'malformed', 'timeout']

/** Why the command was not let in, a line for each reason: many a tool keeps it to itself, and tries again. */
function tellOnce(): (rejection: ProxyRejection) => void {
  const told = new Set<string>()
  return ({ reason, message }) => {
    const [first = ''] = message.split('\n')
    if (UNTOLD.includes(reason) || told.has(first)) return
    told.add(first)
    process.stderr.write(`rds-iam: ${safeText(first)}\n`)
  }
}
