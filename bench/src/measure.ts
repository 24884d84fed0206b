// Runs all measurements.
import type { Extent } from './extent.ts'
import { measureConnections } from './measures/connections.ts'
import { measureFirstRows } from './measures/first-rows.ts'
import { type Growth, measureGrowth } from './measures/growth.ts'
import type { Session } from './measures/session.ts'
import { measureSizes } from './measures/sizes.ts'
import { measureCounts, measureTokens } from './measures/tokens.ts'
import type { Bench } from './processes.ts'
import { type Result, resultOf } from './results.ts'

export interface Outcome {
  readonly results: readonly Result[]
  readonly growth: Growth
}

export async function measure(bench: Bench, extent: Extent, say: (what: string) => void): Promise<Outcome> {
  const results: Result[] = []
  const session: Session = {
    bench,
    extent,
    say,
    add: (id, title, unit, samples, aims = []) => {
      results.push(resultOf({ id, title, unit, aims }, samples))
    },
  }
  await measureConnections(session)
  await measureFirstRows(session)
  await measureTokens(session)
  await measureCounts(session)
  measureSizes(session)
  return { results, growth: await measureGrowth(session, results) }
}
