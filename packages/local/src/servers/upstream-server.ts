// Uses a server that is already running instead of starting one.
import { shown } from '../admission/verdict.ts'
import { LocalRdsError, messageOf, problemText } from '../errors.ts'
import type { Settings, Upstream } from '../options/options.ts'
import { probeMysql } from './mysql-probe.ts'
import { probePostgres } from './postgres-probe.ts'
import type { Server } from './server.ts'

/** Logs in once, so that a wrong URL fails at the start and not at the first login. */
export async function reachUpstream(
  upstream: Upstream,
  { engine, users, database }: Settings,
): Promise<Server> {
  const { host, port, password } = upstream
  const user = upstream.user ?? users[0]
  try {
    const version =
      engine === 'postgres'
        ? await probePostgres({ host, port, user, password, database })
        : await probeMysql({ host, port, user, password, database })
    return { host, port, version, password, pid: undefined, stop: async () => {} }
  } catch (cause) {
    const problem = {
      option: 'upstream',
      seen: `${user} cannot log in at ${host}:${port}: ${shown(messageOf(cause))}`,
      instead: 'check the URL, and check that the server is running and accepts connections without TLS',
    }
    throw new LocalRdsError('ERR_RDS_IAM_LOCAL_UPSTREAM', problemText(problem), {
      cause,
      problems: [problem],
    })
  }
}
