// Whether a proxy keeps its process alive.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { start, typescript } from '../support/child.ts'
import { useServers } from '../support/rds.ts'
import { open, type Session, whoIs } from '../support/sessions.ts'

const servers = useServers()

describe.each(['postgres', 'mysql'] as const)('a process with a proxy on %s', (engine) => {
  interface Program {
    readonly url: string
    /** A session through the proxy. */
    readonly session: Session
    /** Releases everything except the proxy that keeps the process alive. */
    leaveProxyOnly(): Promise<void>
    stopProxy(): void
    /** The exit status. */
    readonly ended: Promise<number>
  }

  async function startProgram(...args: string[]): Promise<Program> {
    const program = typescript('test/support/programs/proxy.ts', ...args)
    const child = start(process.execPath, program, { env: servers[engine]().env })
    onTestFinished(() => void child.kill())
    const ended = once(child, 'exit').then(([code]) => code)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const url = String((await lines.next()).value)
    const session = await open(url)
    await session.query('SELECT 1')
    return {
      url,
      session,
      async leaveProxyOnly() {
        child.stdin.write('\n')
        expect(await lines.next()).toMatchObject({ value: 'only the proxy is left' })
      },
      stopProxy: () => void child.stdin.end(),
      ended,
    }
  }

  it('ends with unref, even during a session', async () => {
    const { session, leaveProxyOnly, ended } = await startProgram('unref')
    await leaveProxyOnly()
    expect(await ended).toBe(0)
    await session.gone
  })

  it('continues without unref until the proxy stops', async () => {
    const { url, session, leaveProxyOnly, stopProxy, ended } = await startProgram()
    await leaveProxyOnly()
    await session.query('SELECT 1')
    await session.end()
    await whoIs(url)
    stopProxy()
    expect(await ended).toBe(0)
  })
})
