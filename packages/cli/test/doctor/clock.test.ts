import { describe, expect, it } from 'vitest'
import { answerHttp, closedPort } from '../../../../test/support/listen.ts'
import { NotDone } from '../../src/doctor/step.ts'
import { compareClocks } from '../../src/doctor/steps/clock.ts'
import { clockDifference } from '../../src/doctor/vocabulary.ts'

const MINUTE = 60_000

it.each([
  [119_000, '119 s ahead of'],
  [-61 * MINUTE, '61 min behind'],
  [2 * 1440 * MINUTE, '2 days ahead of'],
  [-1_576_800 * MINUTE, '3 years behind'],
])('formats the difference between clocks: %i ms', (aheadMs, words) => {
  expect(clockDifference(aheadMs)).toBe(words)
})

describe("AWS's clock", () => {
  const closed = async (): Promise<string> => `http://127.0.0.1:${await closedPort()}`

  /** A server that answers with this date, or with none. */
  const dated = (date?: Date) => answerHttp(200, '', { date: date?.toUTCString() })

  it('is read from the first server that sends the time', async () => {
    await using none = await dated()
    await using good = await dated(new Date())
    const { source, aheadMs } = await compareClocks([await closed(), none.url, good.url], 4000)
    expect(`http://${source}`).toBe(good.url)
    expect(Math.abs(aheadMs)).toBeLessThan(2000)
  })

  it('shows that the local one is wrong', async () => {
    await using slow = await dated(new Date(Date.now() + 61 * MINUTE))
    await expect(compareClocks([slow.url, await closed()], 4000)).rejects.toMatchObject({
      fault: { code: 'clock', message: `this machine is 61 min behind ${new URL(slow.url).host}` },
    })
  })

  it('is unknown if no server sends the time', async () => {
    await using none = await dated()
    const nobody = await closed()
    const comparing = compareClocks([none.url, nobody], 4000)
    await expect(comparing).rejects.toThrow(NotDone)
    await expect(comparing).rejects.toThrow(
      `AWS's clock can't be reached: ${new URL(none.url).host} (its answer has no date), ${new URL(nobody).host} (ECONNREFUSED)`,
    )
  })
})
