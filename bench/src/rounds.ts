// Rounds: each contender has its turn in each of them, so that whatever disturbs the machine disturbs all.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Samples } from './results.ts'

export interface Rounds<N> {
  readonly rounds: number
  /** Who takes part in the first few rounds only, which show it: what is far slower, or compared with nobody. */
  readonly brief?: { readonly names: readonly N[]; readonly rounds: number }
  /** Rounds before these, in which caches fill and code gets compiled. */
  readonly warmUps?: number
  /** No round begins after this time, except for the first two: a slow machine measures less, not longer. */
  readonly withinMs?: number
  /** What the servers get after each turn, to be done with connections that were closed, in milliseconds. */
  readonly pauseMs?: number
}

/** Calls `turn` for each contender in each round; returns all that it tells, by name and contender. */
export async function inRounds<N extends keyof Samples, K extends string>(
  names: readonly N[],
  { rounds, brief, warmUps = 0, withinMs = Number.POSITIVE_INFINITY, pauseMs = 0 }: Rounds<N>,
  turn: (name: N, round: number) => Promise<Readonly<Record<K, number>>>,
): Promise<Record<K, Samples>> {
  const told: Record<string, Record<string, number[]>> = {}
  const begin = performance.now()
  for (let round = -warmUps; round < rounds; round++) {
    if (round >= 2 && performance.now() - begin > withinMs) break
    // Another one begins each time: who comes after whom must not matter.
    const taking =
      brief && round >= brief.rounds ? names.filter((name) => !brief.names.includes(name)) : names
    const first = (round + warmUps) % taking.length
    for (const name of [...taking.slice(first), ...taking.slice(0, first)]) {
      const numbers = await turn(name, round)
      if (pauseMs > 0) await sleep(pauseMs)
      if (round < 0) continue
      for (const [key, value] of Object.entries<number>(numbers)) {
        told[key] ??= {}
        const samples = told[key]
        samples[name] ??= []
        samples[name].push(value)
      }
    }
  }
  return told as Record<K, Samples> // the keys are those that `turn` has told
}
