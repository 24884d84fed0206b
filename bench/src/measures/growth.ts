// Measures how it scales: many connections at once, and many endpoints.
import type { ContenderName } from '../contenders/index.ts'
import type { Extent } from '../extent.ts'
import { type Result, resultOf, type Samples } from '../results.ts'
import { inRounds } from '../rounds.ts'
import { type Session, withTokens, withWorkers } from './session.ts'

/** AWS's wrapper scales like the recipe. */
const GROWING = ['floor', 'us', 'recipe'] as const

/** A point on a curve. */
export interface Point {
  readonly contender: ContenderName
  readonly count: number
  readonly ms: number
}

export interface Growth {
  /** The time until all connections are open that were opened at once, on pg. */
  readonly connections: readonly Point[]
  /** The time until there is a token for each endpoint, if all are requested at once. */
  readonly endpoints: readonly (Point & { readonly resolutions: number })[]
}

export async function measureGrowth(session: Session, results: readonly Result[]): Promise<Growth> {
  const { bench, extent, say } = session
  const connections: Point[] = []
  const names = GROWING
  await withWorkers(session, 'pg', names, async (workers) => {
    for (const name of names) await workers[name].connect(1)
    for (const count of extent.atOnce) {
      say(`growth: ${count} connections at once`)
      const brief = { names: ['recipe'] as const, rounds: 3 }
      const options = { rounds: extent.growthRounds, brief, pauseMs: count, withinMs: 20_000 }
      const { ms } = await inRounds(names, options, async (name) => ({
        ...(await workers[name].burst(count)),
      }))
      connections.push(...pointsOf(ms, count))
    }
  })

  const endpoints: (Point & { resolutions: number })[] = []
  const sources = ['us', 'recipe'] as const
  for (const count of extent.endpoints) {
    say(`growth: ${count} endpoints`)
    // New processes, so that none has cached credentials.
    await withTokens(
      session,
      async (workers) => {
        const resolutions = { us: 0, recipe: 0 }
        for (const name of sources) {
          const before = await bench.resolutions()
          await workers[name].sources(count)
          resolutions[name] = (await bench.resolutions()) - before
        }
        const { ms } = await inRounds(sources, { rounds: extent.growthRounds }, async (name) => ({
          ...(await workers[name].sources(count)),
        }))
        for (const name of sources) {
          const point = pointsOf(ms, count).find(({ contender }) => contender === name)
          if (point) endpoints.push({ ...point, resolutions: resolutions[name] })
        }
      },
      true,
    )
  }
  const all = [...connections, ...burstPoints(results, extent)].sort((a, b) => a.count - b.count)
  return { connections: all, endpoints }
}

/** The bursts on pg are also points on the curve. */
function burstPoints(results: readonly Result[], { bursts, atOnce }: Extent): Point[] {
  return bursts
    .filter(([count]) => !atOnce.includes(count))
    .flatMap(([count]) => {
      const of = results.find(({ id }) => id === `burst/pg/${count}`)?.of ?? {}
      return GROWING.flatMap((contender) =>
        of[contender] ? [{ contender, count, ms: of[contender].median }] : [],
      )
    })
}

function pointsOf(samples: Samples, count: number): Point[] {
  const { of } = resultOf({ id: '', title: '', unit: '', aims: [] }, samples)
  return (Object.keys(of) as ContenderName[]).map((contender) => ({
    // the keys of `of` are contender names
    contender,
    count,
    ms: of[contender]?.median ?? 0,
  }))
}
