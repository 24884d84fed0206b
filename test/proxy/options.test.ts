// The proxy's options, including listeners, and a polluted prototype.
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { connect } from 'node:net'
import { type IamProxy, type ProxyOptions, type ProxyRejection, startProxy } from '@rds-iam/proxy'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../support/folder.ts'

const target = { host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com', port: 5432, user: 'jane_doe' }

const open: IamProxy[] = []
async function start(options: ProxyOptions = {}): Promise<IamProxy> {
  const proxy = await startProxy(target, options)
  open.push(proxy)
  return proxy
}
afterEach(async () => {
  Reflect.deleteProperty(Object.prototype, 'path')
  await Promise.all(open.splice(0).map((proxy) => proxy.stop()))
})

it('listens on loopback and asks for a password, whatever is on Object.prototype', async () => {
  Object.defineProperty(Object.prototype, 'path', { value: '/tmp/polluted.sock', configurable: true })
  const proxy = await start()
  expect(proxy.host).toBe('127.0.0.1')
  expect(new URL(proxy.url).password).not.toBe('')
})

it('takes a folder that others may write to only if they cannot replace its files, as in /tmp', async () => {
  const folder = newFolder()
  await chmod(folder, 0o777)
  await expect(start({ socket: folder })).rejects.toThrow(/other users may write/)
  await chmod(folder, 0o1777)
  expect((await start({ socket: folder })).host).toBe(folder)
})

describe('a listener', () => {
  /** A client that disconnects causes a rejection. */
  async function leave({ host, port }: IamProxy): Promise<void> {
    const socket = connect(port, host).end()
    await once(socket.resume(), 'close')
  }

  it.each<[string, (rejection: ProxyRejection) => unknown, string]>([
    ['rejects', () => Promise.reject(new Error('no log')), 'no log'],
    ['throws what is not an error', () => Promise.reject(Object.create(null)), 'an object with'],
  ])('that %s causes a warning, and the proxy continues', async (_, onRejected, message) => {
    const proxy = await start({ onRejected })
    for (let client = 1; client <= 2; client++) {
      const warned = new Promise(
        (resolve) => void vi.spyOn(process, 'emitWarning').mockImplementation(resolve),
      )
      await leave(proxy)
      expect(String(await warned)).toContain(message)
    }
  })
})

describe('stop()', () => {
  it.each<[unknown, string]>([
    [null, 'options: is null'],
    [{ drainMs: '5' }, 'drainMs: "5" is not a time'],
    [{ drainMs: -1 }, 'drainMs: -1 is not a time'],
    [{ drainMs: Number.NaN }, 'drainMs: NaN is not a time'],
    [{ drainMs: Symbol('5') }, 'drainMs: Symbol(5) is not a time'],
  ])('refuses %o', async (options, line) => {
    const proxy = await start()
    await expect(proxy.stop(options as { drainMs: number })).rejects.toThrow(line)
  })

  it.each([undefined, Number.POSITIVE_INFINITY, 1e12])('accepts %s', async (drainMs) => {
    await (await start()).stop({ drainMs })
  })
})
