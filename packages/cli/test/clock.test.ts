import { expect, it } from 'vitest'
import { apart } from '../src/doctor/steps/clock.ts'

const MINUTE = 60_000

it.each([
  [119_000, '119 s ahead of'],
  [-61 * MINUTE, '61 min behind'],
  [2 * 1440 * MINUTE, '2 days ahead of'],
  [-1_576_800 * MINUTE, '3 years behind'],
])('tells how far clocks are apart: %i ms', (aheadMs, words) => {
  expect(apart(aheadMs)).toBe(words)
})
