// A server that runs already, in the place of one of ours.
import { LocalRdsError, messageOf } from './errors.ts'
import type { Settings, Upstream } from './options.ts'
import { knockOnMysql } from './servers/mysql-knock.ts'
import { knockOnPostgres } from './servers/postgres-knock.ts'
import type { Server } from './servers/server.ts'

/** Logs in to it once, so that a wrong URL shows at the start and not at the first login. */
export async function reachUpstream(
  upstream: Upstream,
  { engine, users, database }: Settings,
): Promise<Server> {
  const { host, port, password } = upstream
  const user = upstream.user ?? users[0]
  try {
    const version =
      engine === 'postgres'
        ? await knockOnPostgres({ host, port, user, password, database })
        : await knockOnMysql({ host, port, user, password, database })
    return { host, port, version, password, pid: undefined, stop: async () => {} }
  } catch (cause) {
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_UPSTREAM',
      `Can't log in to the upstream server ${host}:${port} as ${user}: ${messageOf(cause)}. ` +
        'Check `upstream`, and that the server runs and takes connections without TLS.',
      { cause },
    )
  }
}
