// `rds-iam exec -- COMMAND`: starts a proxy, runs a command that connects to it, and stops the proxy.
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
 * Variables that would make clients bypass the proxy, or ask for something that a local connection doesn't have.
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

/** Not reported, because the command itself knows. */
const UNTOLD: readonly ProxyRejection['reason'][] = ['left', 'malformed', 'timeout']

/** Reports each reason for a rejection once. Many tools hide the reason and try again. */
function tellOnce(): (rejection: ProxyRejection) => void {
  const told = new Set<string>()
  return ({ reason, message }) => {
    const [first = ''] = message.split('\n')
    if (UNTOLD.includes(reason) || told.has(first)) return
    told.add(first)
    process.stderr.write(`rds-iam: ${safeText(first)}\n`)
  }
}
