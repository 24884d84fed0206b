// A long-running proxy: its keys are rotated, and time passes.
import type { AwsKey } from '@rds-iam/local'
import { startProxy } from '@rds-iam/proxy'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { whoIs } from '../support/sessions.ts'

const MINUTE_MS = 60_000

/** Every key that the gates currently know. Deleting one rotates it away. */
const known = new Map<string, AwsKey>()
const keys = (id: string): AwsKey | undefined => known.get(id)
const servers = useServers({ keys })

let made = 0
function newKey(lifeMs?: number): AwsKey {
  const number = String(++made).padStart(4, '0')
  const key = {
    accessKeyId: `ASIAOFTHEPROXY00${number}`,
    secretAccessKey: `secret-${number}`,
    sessionToken: `session-${number}`,
    ...(lifeMs === undefined ? {} : { expiration: new Date(Date.now() + lifeMs) }),
  }
  known.set(key.accessKeyId, key)
  return key
}

afterEach(() => {
  vi.useRealTimers()
  known.clear()
})

describe.each(['postgres', 'mysql'] as const)('on %s', (engine) => {
  it('fails at most one login when the keys are rotated', async () => {
    enter(servers[engine]())
    let key = newKey()
    await using proxy = await startProxy({ credentials: async () => key })
    await whoIs(proxy.url)
    for (let rotation = 0; rotation < 3; rotation++) {
      known.clear()
      key = newKey()
      const ends = []
      for (let login = 0; login < 4; login++)
        ends.push(
          await whoIs(proxy.url).then(
            () => 'in',
            () => 'out',
          ),
        )
      expect(ends.filter((end) => end === 'out').length).toBeLessThanOrEqual(1)
      expect(ends.slice(1)).toEqual(['in', 'in', 'in'])
    }
  })

  it('fails no login in an hour with one login per minute and credentials that last 20 minutes', async () => {
    const rds = servers[engine]()
    enter(rds)
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
    let key = newKey(20 * MINUTE_MS)
    const issue = async (): Promise<AwsKey> => {
      // Like the metadata service, offers the next credentials 5 minutes before the old ones expire.
      const { expiration } = key
      if (expiration && expiration.getTime() - Date.now() < 5 * MINUTE_MS) key = newKey(20 * MINUTE_MS)
      return key
    }
    await using proxy = await startProxy({ credentials: issue })
    const verdicts = await verdictsOf(rds, async () => {
      for (let minute = 0; minute < 60; minute++) {
        await whoIs(proxy.url)
        vi.setSystemTime(Date.now() + MINUTE_MS)
      }
    })
    expect(verdicts.map(({ reason }) => reason)).toEqual(Array(60).fill('admitted'))
    expect(new Set(verdicts.map(({ keyId }) => keyId)).size).toBeGreaterThan(2)
  })
})
