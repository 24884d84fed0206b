// Real servers with TLS and users who log in with an ordinary password, which RDS also supports.
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../packages/local/src/certificates.ts'
import { findMysqlProgram } from '../../packages/local/src/servers/mysql-programs.ts'
import { mysqlRecipe } from '../../packages/local/src/servers/mysql-server.ts'
import { postgresRecipe } from '../../packages/local/src/servers/postgres-server.ts'
import {
  type Recipe,
  type Server,
  startServer,
  type Wanted,
} from '../../packages/local/src/servers/server.ts'

export interface TlsServer extends Server {
  /** The URL for a local RDS in front of it. */
  readonly upstream: string
  /** A file with the root to trust. */
  readonly caFile: string
}

/** Starts a server with a certificate for `host`. Its first user has all privileges that a user can have. */
export async function startTlsServer(
  engine: 'postgres' | 'mysql',
  host: string,
  users: readonly string[],
): Promise<TlsServer> {
  const wanted: Wanted = { users, database: 'app' }
  const folder = await mkdtemp(join(tmpdir(), 'rds-iam-test-tls-'))
  const authority = await createAuthority()
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, authority.pem)
  const recipe = withTls(await recipeOf(engine, wanted), engine, await authority.issue({ names: [host] }))
  const server = await startServer(recipe)
  const upstream = `${engine}://${users[0]}:${server.password}@${server.host}:${server.port}/app`
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
  return { ...server, upstream, caFile, stop }
}

async function recipeOf(engine: 'postgres' | 'mysql', wanted: Wanted): Promise<Recipe> {
  if (engine === 'postgres') return postgresRecipe(wanted)
  const program = await findMysqlProgram()
  if (!program) throw new Error('this test needs a mysqld or mariadbd: apt-get install mariadb-server-core')
  return mysqlRecipe(program, wanted)
}

function withTls(recipe: Recipe, engine: 'postgres' | 'mysql', own: { cert: string; key: string }): Recipe {
  return {
    ...recipe,
    async plan(folder, port) {
      const plan = await recipe.plan(folder, port)
      const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
      await writeFile(files.cert, own.cert)
      await writeFile(files.key, own.key, { mode: 0o600 })
      const { uid, gid, server } = plan
      if (uid !== undefined && gid !== undefined)
        for (const path of Object.values(files)) await chown(path, uid, gid)
      const args =
        engine === 'postgres'
          ? ['-c', 'ssl=on', '-c', `ssl_cert_file=${files.cert}`, '-c', `ssl_key_file=${files.key}`]
          : [`--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`]
      return { ...plan, server: { ...server, args: [...server.args, ...args] } }
    },
  }
}
