import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { NotDone } from '../src/doctor/step.ts'
import { apart, compareClocks } from '../src/doctor/steps/clock.ts'

const MINUTE = 60_000

it.each([
  [119_000, '119 s ahead of'],
  [-61 * MINUTE, '61 min behind'],
  [2 * 1440 * MINUTE, '2 days ahead of'],
  [-1_576_800 * MINUTE, '3 years behind'],
])('tells how far clocks are apart: %i ms', (aheadMs, words) => {
  expect(apart(aheadMs)).toBe(words)
})

describe("AWS's clock", () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** Whoever answers with this date, or with none. */
  async function dated(date: Date | undefined): Promise<string> {
    const server = createServer((_, response) => {
      response.sendDate = false
      if (date) response.setHeader('date', date.toUTCString())
      response.end()
    })
    servers.push(server.listen(0, '127.0.0.1'))
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // a server that listens on TCP has one
    return `http://127.0.0.1:${port}`
  }
  /** Where nobody listens. */
  async function silent(): Promise<string> {
    const url = await dated(undefined)
    const server = servers.pop()
    server?.close()
    if (server) await once(server, 'close')
    return url
  }

  it('is that of the first who tells the time', async () => {
    const [none, good] = [await dated(undefined), await dated(new Date())]
    const { source, aheadMs } = await compareClocks([await silent(), none, good], 4000)
    expect(`http://${source}`).toBe(good)
    expect(Math.abs(aheadMs)).toBeLessThan(2000)
  })

  it('shows that this one is wrong', async () => {
    const slow = await dated(new Date(Date.now() + 61 * MINUTE))
    await expect(compareClocks([slow, await silent()], 4000)).rejects.toMatchObject({
      fault: { code: 'clock', message: `this machine is 61 min behind ${new URL(slow).host}` },
    })
  })

  it('is unknown where nobody tells the time', async () => {
    const [none, nobody] = [await dated(undefined), await silent()]
    const comparing = compareClocks([none, nobody], 4000)
    await expect(comparing).rejects.toThrow(NotDone)
    await expect(comparing).rejects.toThrow(
      `no clock of AWS can be asked: ${new URL(none).host} (it tells no date), ${new URL(nobody).host} (ECONNREFUSED)`,
    )
  })
})
