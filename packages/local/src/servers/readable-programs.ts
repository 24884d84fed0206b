// Makes PostgreSQL's programs readable for the user they run as, if only root can read their folder.
import { chown, copyFile, lchown, link, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PostgresPrograms } from './postgres-programs.ts'
import type { UnprivilegedUser } from './unprivileged-user.ts'

/** Returns the programs as they are if everyone can read them, otherwise a copy in `folder` that `owner` owns. */
export async function readablePrograms(
  programs: PostgresPrograms,
  owner: UnprivilegedUser | undefined,
  folder: string,
): Promise<PostgresPrograms> {
  const bin = dirname(programs.postgres)
  if (!owner || (await isOpenToAll(bin))) return programs
  const copy = join(folder, 'programs')
  await copyTree(dirname(bin), copy, owner)
  const inCopy = (program: string): string => join(copy, program.slice(dirname(bin).length))
  return {
    initdb: inCopy(programs.initdb),
    postgres: inCopy(programs.postgres),
    pgCtl: inCopy(programs.pgCtl),
  }
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & 0o001) === 0) return false
  const parent = dirname(folder)
  return parent === folder || isOpenToAll(parent)
}

/** Uses hard links where possible, because copying 60 MB takes time and space. */
async function copyTree(from: string, to: string, owner: UnprivilegedUser): Promise<void> {
  await mkdir(to, { mode: 0o755 })
  await chown(to, owner.uid, owner.gid)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target, owner)
    else if (entry.isSymbolicLink()) {
      await symlink(await readlink(source), target)
      await lchown(target, owner.uid, owner.gid)
    } else await link(source, target).catch(() => copyFile(source, target))
  }
}
