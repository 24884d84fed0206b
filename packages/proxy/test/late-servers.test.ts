// Connections to the server that are opened after the proxy has given up on the login.
import { Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { Client } from '../src/client.ts'
import { briefly } from '../src/engine.ts'

afterEach(() => void vi.useRealTimers())

it('are closed if the client has left', () => {
  const client = new Client(new Socket(), false)
  const [early, late] = [client.keep(new Socket()), new Socket()]
  client.refuse(undefined)
  client.keep(late)
  expect([early.destroyed, late.destroyed]).toEqual([true, true])
})

it("are closed if the check's time is over", async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const destroyed: boolean[] = []
  const checking = briefly(async (keep) => {
    const early = keep(new Socket())
    vi.advanceTimersByTime(60_000)
    destroyed.push(early.destroyed, keep(new Socket()).destroyed)
    throw new Error('the connection was closed')
  })
  await expect(checking).rejects.toThrow('The login took longer than 60 s.')
  expect(destroyed).toEqual([true, true])
})
