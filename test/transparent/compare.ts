// Runs a scenario with both logins, each time on an empty database, and compares the results.
import { expect } from 'vitest'
import type { Both, Way } from './servers.ts'
import { shown } from './shown.ts'

/** Opens what a scenario needs. `closeAll` runs after the scenario, even if it failed. */
export interface Opener<Open> {
  readonly open: Open
  closeAll(): Promise<void>
}

/**
 * Runs `scenario` with both logins and compares the results. An error that a scenario doesn't catch fails the test. Use
 * `failureOf` to compare errors.
 */
export async function expectAlike<Open>(
  both: Both,
  opener: (way: Way) => Opener<Open>,
  scenario: (open: Open) => Promise<unknown>,
): Promise<void> {
  const [plain, ours] = both.ways
  const expected = await outcomeBy(both, plain, opener, scenario)
  const last = both.rds.verdicts.at(-1)
  expect(await outcomeBy(both, ours, opener, scenario)).toBe(expected)
  expect(both.rds.verdicts.at(-1), 'our way leads through the gate').not.toBe(last)
}

async function outcomeBy<Open>(
  both: Both,
  way: Way,
  opener: (way: Way) => Opener<Open>,
  scenario: (open: Open) => Promise<unknown>,
): Promise<string> {
  await both.reset()
  const { open, closeAll } = opener(way)
  try {
    const result = await scenario(open)
    expect(result, 'a scenario must return a result').toBeDefined()
    return shown(result, way.address.port)
  } finally {
    await closeAll()
  }
}
