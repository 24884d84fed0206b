// Where the proxy listens: on an address, or on a Unix socket that only this user can connect to.
import { chmod, lstat, mkdir, mkdtemp, rename, rm, rmdir, stat } from 'node:fs/promises'
import { type AddressInfo, connect, type ListenOptions, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { RdsIamError } from '@rds-iam/core'
import { hostAndPort, reasonOf } from '@rds-iam/core/connect'
import { isSocket, type Listen, type SocketPath } from './options.ts'

/** The address that the proxy listens on, as clients write it. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** Removes the socket's file. */
  remove(): Promise<void>
}

/** @throws RdsIamError `ERR_RDS_IAM_PROXY_LISTEN` */
export async function listen(server: Server, where: Listen): Promise<Listening> {
  return isSocket(where) ? listenOnSocket(server, where) : listenOnAddress(server, where)
}

async function listenOnAddress(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  await bind(server, { host, port }).catch((cause: NodeJS.ErrnoException) => {
    const instead =
      cause.code === 'EADDRINUSE'
        ? 'another program is using it; leave out the port to get a free one'
        : `${cause.message}; see host and port`
    throw cannotListen(hostAndPort({ host, port }), instead, cause)
  })
  const address = server.address() as AddressInfo // the server listens on TCP
  return { host: address.address, port: address.port, async remove() {} }
}

/**
 * Creates the socket in a folder that only this user can enter, and moves it to its path once its permissions keep
 * others out.
 */
async function listenOnSocket(server: Server, { path, folder, port }: SocketPath): Promise<Listening> {
  const parent = dirname(path)
  let begun: string | undefined
  try {
    const made = await mkdir(parent, { recursive: true, mode: 0o700 })
    await refuseOpenFolder(parent)
    await refuseTakenPath(path)
    begun = await mkdtemp(join(parent, '.p'))
    const first = join(begun, 's')
    await bind(server, { path: first })
    await chmod(first, 0o600)
    const { ino } = await stat(first)
    await rename(first, path)
    return {
      host: folder ?? path,
      port,
      async remove() {
        const found = await lstat(path).catch(() => undefined)
        if (found?.ino === ino) await rm(path, { force: true })
        // Keep the folder if another process uses it.
        if (made !== undefined) await rmdir(parent).catch(() => {})
      },
    }
  } catch (cause) {
    server.close()
    throw cause instanceof RdsIamError ? cause : cannotListen(path, reasonOf(cause), cause)
  } finally {
    if (begun !== undefined) await rm(begun, { recursive: true, force: true })
  }
}

/** If others may rename files in the folder, they could replace the socket. */
async function refuseOpenFolder(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder)
  const [othersWrite, sticky] = [(mode & 0o022) !== 0, (mode & 0o1000) !== 0]
  if (othersWrite && !sticky)
    throw cannotListen(folder, 'other users may write to this folder; choose a folder of your own')
  if (uid !== process.getuid?.() && uid !== 0)
    throw cannotListen(folder, 'this folder belongs to another user; choose a folder of your own')
}

/** Removes a socket that no one listens on, which a killed process left behind. */
async function refuseTakenPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) throw cannotListen(path, 'a file of this name exists and is not a socket')
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => resolve(true))
    probe.once('error', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })
  if (answers) throw cannotListen(path, 'another program is using it; choose another path')
}

function bind(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      // The process must survive a failure to accept one client, for example when it runs out of file descriptors.
      server.off('error', reject).on('error', () => {})
      resolve()
    })
  })
}

function cannotListen(where: string, why: string, cause?: unknown): RdsIamError {
  return new RdsIamError('ERR_RDS_IAM_PROXY_LISTEN', `Can't listen on ${where}: ${why}.`, { cause })
}
