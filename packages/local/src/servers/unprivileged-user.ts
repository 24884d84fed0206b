// Finds a user to run PostgreSQL as. PostgreSQL refuses to run as root, and containers often run as root.
import { readFile } from 'node:fs/promises'

export interface UnprivilegedUser {
  uid: number
  gid: number
}

/** Undefined unless this process runs as root. Every system has `nobody`, so no user has to be created. */
export async function unprivilegedUser(users = '/etc/passwd'): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const lines = (await readFile(users, 'utf8')).split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody', 'daemon']) {
    const [, , uid, gid] = lines.find(([name]) => name === wanted) ?? []
    // On macOS the ID of nobody is -2.
    if (uid && gid && Number(uid) !== 0) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
  }
  return undefined
}
