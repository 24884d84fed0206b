import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTokenSource } from '../../src/index.ts'
import { suspect, suspectedUpTo } from '../../src/token/suspects.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const key = (number: number): string => `ASIASUSPECTED${number}`

it('remembers the keys of the last thousand rejected logins', async () => {
  const credentials = { accessKeyId: key(1), secretAccessKey: 'k' }
  const host = 'db.abc.eu-central-1.rds.amazonaws.com'
  await createTokenSource({ engine: 'postgres', host, user: 'jane_doe', credentials }).get()
  for (let number = 1; number <= 1_000; number++) suspect(key(number))
  expect([1, 2, 1_000].map((number) => suspectedUpTo(key(number)) > 0)).toEqual([true, true, true])

  vi.setSystemTime(Date.now() + 60_000)
  suspect(key(1)) // again, so that the second is now the oldest
  suspect(key(1_001))
  expect([1, 2, 3, 1_001].map((number) => suspectedUpTo(key(number)) > 0)).toEqual([true, false, true, true])
})
