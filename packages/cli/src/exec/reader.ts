// Who will read DATABASE_URL, told by the command.
import { basename } from 'node:path'
import type { Engine, UrlReader } from '@rds-iam/core'

/** `prisma`, `npx prisma@7`, `pnpm exec prisma`, `node_modules/.bin/prisma.cmd`; else what the engine's own clients read. */
export function readerFor(command: readonly string[], engine: Engine | undefined): UrlReader {
  if (runs(command, 'prisma')) return 'prisma'
  if (engine !== 'mysql') return 'libpq'
  return runs(command, 'drizzle-kit') ? 'mysql2' : 'mysql'
}

/** Whether the command takes libpq's URL, but not its hostaddr: node-postgres, Drizzle Kit's driver, leaves it unread. */
export function ignoresHostaddr(command: readonly string[], engine: Engine | undefined): boolean {
  return engine !== 'mysql' && runs(command, 'drizzle-kit')
}

function runs(command: readonly string[], name: string): boolean {
  const words = command.filter((word) => !word.startsWith('-')).slice(0, 3)
  return words.some((word) => programName(word).split('@')[0] === name)
}

/** `psql` of `/usr/bin/psql`, and of `C:\…\psql.EXE`. */
export function programName(program: string): string {
  return basename(program.replaceAll('\\', '/')).replace(/\.(exe|cmd|bat|ps1)$/i, '')
}
