import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ROOT, start } from '../../../../test/support/child.ts'
import { newFolder } from '../../../../test/support/folder.ts'
import { LocalRdsError, startLocalRds } from '../../src/index.ts'
import { openSession, sign, visit } from '../support/clients.ts'

/** A local RDS creates all its folders in here. */
let folder: string
beforeEach(async () => {
  folder = newFolder()
  await chmod(folder, 0o755) // PostgreSQL may run as another user
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('TEMP', folder)
})

const PID_FILES = { postgres: 'data/postmaster.pid', mysql: 'server.pid' }

/** The server process with its data in `folder`. */
async function serverPid(engine: 'postgres' | 'mysql'): Promise<number> {
  const name = (await readdir(folder)).find((name) => name.startsWith(`rds-iam-local-${engine}-`))
  return Number.parseInt(await readFile(join(folder, name ?? '', PID_FILES[engine]), 'utf8'), 10)
}

/** A column of `ps` for a process; empty if the process doesn't exist. */
function processColumn(column: 'ppid' | 'stat', pid: number): string {
  const { stdout } = spawnSync('ps', ['-o', `${column}=`, '-p', `${pid}`], { encoding: 'utf8' })
  return stdout.trim()
}

/** A zombie counts as ended. Its parent just hasn't collected its status. */
function isAlive(pid: number): boolean {
  return /^[^Z]/.test(processColumn('stat', pid))
}

function startChild(engine: string, end: string): ChildProcessWithoutNullStreams {
  const program = join(ROOT, 'packages/local/test/support/start-and-end.mjs')
  return start(process.execPath, [program, engine, end], { env: { TMPDIR: folder, TEMP: folder } })
}

/** The programs with the folder in their arguments. */
function programsIn(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  return stdout.split('\n').filter((args) => args.includes(folder))
}

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  it('a client can’t log in to the server past the gate, and stop() leaves no connection, no server and no folder', async () => {
    const local = await startLocalRds({ engine })
    const session = await openSession(local)
    const [row] = await session.query(
      engine === 'postgres' ? 'SELECT inet_server_port() AS port' : 'SELECT @@port AS port',
    )
    const beyond = { ...local, port: Number(row?.port) }
    expect(beyond.port).not.toBe(local.port)
    for (const user of ['iam_user', 'root', 'postgres', 'nobody']) {
      for (const token of [await sign(local), 'postgres', 'password', 'root']) {
        // MySQL has its clients encrypt the password, for which a token is too long.
        const refused =
          engine === 'postgres'
            ? { code: '28P01' }
            : { message: expect.stringMatching(/^Access denied|data too large for key size/) }
        await expect(openSession(beyond, { user, token, tls: false })).rejects.toMatchObject(refused)
      }
    }
    const pid = await serverPid(engine)
    expect(isAlive(pid)).toBe(true)
    const fate = expect(
      session.query(engine === 'postgres' ? 'SELECT pg_sleep(60)' : 'SELECT SLEEP(60)'),
    ).rejects.toThrow()
    await local.stop()
    await fate
    expect(isAlive(pid)).toBe(false)
    expect(await readdir(folder)).toEqual([])
    await expect(visit(local)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('only this user can read its files, and stop() may be called twice, concurrently, and by await using', async () => {
    const local = await startLocalRds({ engine })
    expect(await readFile(local.caFile, 'utf8')).toBe(local.ca)
    expect(local.env.NODE_EXTRA_CA_CERTS).toBe(local.caFile)
    if (process.platform !== 'win32') {
      expect((await stat(local.caFile)).mode & 0o777).toBe(0o600)
      for (const name of await readdir(folder))
        expect((await stat(join(folder, name))).mode & 0o777).toBe(0o700)
    }
    await Promise.all([local.stop(), local.stop(), local[Symbol.asyncDispose]()])
    await local.stop()
    expect(await readdir(folder)).toEqual([])
  })

  it('two at once are independent of each other, and of a third that finds its port taken', async () => {
    const [first, second] = await Promise.all([startLocalRds({ engine }), startLocalRds({ engine })])
    await Promise.all([visit(first), visit(second)])
    await expect(visit(second, { token: await sign(first) })).rejects.toThrow()
    await expect(visit({ ...first, ca: second.ca })).rejects.toThrow(/certificate/)
    await first.stop()
    const before = await readdir(folder)
    const fate = startLocalRds({ engine, port: second.port })
    await expect(fate).rejects.toBeInstanceOf(LocalRdsError)
    await expect(fate).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_LOCAL_LISTEN',
      message: `port: cannot listen on 127.0.0.1:${second.port} (EADDRINUSE); leave it out to get a free port`,
    })
    expect(await readdir(folder)).toEqual(before)
    await visit(second)
    await second.stop()
    expect(await readdir(folder)).toEqual([])
  })

  it('a server that dies is reported at the next login, and stop() cleans up', async () => {
    const local = await startLocalRds({ engine })
    const session = await openSession(local)
    const pid = await serverPid(engine)
    process.kill(pid, 'SIGKILL')
    // PostgreSQL's other processes notice the death of the first one with a delay.
    await vi.waitFor(() => expect(session.query('SELECT 1')).rejects.toThrow(), 30_000)
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 30_000)
    await expect(visit(local)).rejects.toThrow('ECONNREFUSED')
    expect(local.verdicts.at(-1)?.reason).toBe('server-unreachable')
    await local.stop()
    expect(await readdir(folder)).toEqual([])
  })

  it('a server ends if its supervisor is killed, and stop() waits for that', async () => {
    const local = await startLocalRds({ engine })
    const pid = await serverPid(engine)
    process.kill(Number(processColumn('ppid', pid)), 'SIGKILL')
    await local.stop()
    expect(isAlive(pid)).toBe(false)
    expect(await readdir(folder)).toEqual([])
  })

  // The other ends don't depend on the engine, so the server that starts fastest is enough.
  const ends = [
    ['is killed', 'kill', null],
    ['has stopped it', 'stop', 0],
    ['exits without stopping it', 'exit', 3],
    ['dies of an error', 'throw', 1],
  ] as const
  it.each(engine === 'postgres' ? ends.slice(0, 1) : ends)(
    'a process that %s leaves no server and no folder',
    async (_name, end, code) => {
      const child = startChild(engine, end)
      const exited = once(child, 'exit')
      await once(child.stdout.setEncoding('utf8'), 'data')
      if (end === 'kill') {
        const pid = await serverPid(engine)
        expect(isAlive(pid)).toBe(true)
        child.kill('SIGKILL')
        await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 30_000)
      }
      expect((await exited)[0]).toBe(code)
      await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]), 30_000)
    },
  )
})

it.each(['early-0', 'early-1', 'early-2'])(
  'a process that is killed during the start leaves no program and no folder: %s',
  async (end) => {
    const child = startChild('postgres', end)
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]), 30_000)
    expect(programsIn(folder)).toEqual([])
  },
)
