// Trusted certificates as a file, for programs that take a path: Prisma's CLI, libpq, MySQL's clients.
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Writes the certificates with mode 0600 to a folder that is this user's alone, and returns the file's path.
 * The name is made of the content, so that a thousand calls leave one file.
 */
export async function writeCaFile(certificates: readonly string[]): Promise<string> {
  const pem = `${certificates.map((certificate) => certificate.trim()).join('\n')}\n`
  const folder = await privateFolder()
  const file = join(folder, `${createHash('sha256').update(pem).digest('hex').slice(0, 16)}.pem`)
  // Written aside and renamed: a reader sees the whole file or none.
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await writeFile(draft, pem, { mode: 0o600 })
  await rename(draft, file)
  return file
}

/** The temporary folder is everybody's: one there that somebody else has made could be changed by him. */
async function privateFolder(): Promise<string> {
  const uid = process.getuid?.() // none on Windows, where each user has a temporary folder
  const folder = join(tmpdir(), uid === undefined ? 'rds-iam' : `rds-iam-${uid}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const found = await lstat(folder)
    if (found.isDirectory() && (uid === undefined || found.uid === uid)) {
      await chmod(folder, 0o700)
      return folder
    }
  } catch {
    // Something else has the name.
  }
  return mkdtemp(join(tmpdir(), 'rds-iam-'))
}
