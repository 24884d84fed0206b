// Runs rounds in which every contender takes a turn, so that a disturbance of the machine affects all of them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Samples } from './results.ts'

export interface Rounds<N> {
  readonly rounds: number
  /** Contenders that take part in only the first few rounds, because they are far slower or not compared. */
  readonly brief?: { readonly names: readonly N[]; readonly rounds: number }
  /** Rounds before the measured ones, which fill caches and compile code. */
  readonly warmUps?: number
  /** No round except the first two starts after this time, so that a slow machine measures less instead of longer. */
  readonly withinMs?: number
  /** A pause after each turn in which the servers clean up closed connections, in milliseconds. */
  readonly pauseMs?: number
}

/** Calls `turn` for each contender in each round. Returns the numbers by name and contender. */
export async function inRounds<N extends keyof Samples, K extends string>(
  names: readonly N[],
  { rounds, brief, warmUps = 0, withinMs = Number.POSITIVE_INFINITY, pauseMs = 0 }: Rounds<N>,
  turn: (name: N, round: number) => Promise<Readonly<Record<K, number>>>,
): Promise<Record<K, Samples>> {
  const measured: Record<string, Record<string, number[]>> = {}
  const begin = performance.now()
  for (let round = -warmUps; round < rounds; round++) {
    if (round >= 2 && performance.now() - begin > withinMs) break
    // Start each round with another contender, so that the order doesn't matter.
    const taking =
      brief && round >= brief.rounds ? names.filter((name) => !brief.names.includes(name)) : names
    const first = (round + warmUps) % taking.length
    for (const name of [...taking.slice(first), ...taking.slice(0, first)]) {
      const numbers = await turn(name, round)
      if (pauseMs > 0) await sleep(pauseMs)
      if (round < 0) continue
      for (const [key, value] of Object.entries<number>(numbers)) {
        measured[key] ??= {}
        const samples = measured[key]
        samples[name] ??= []
        samples[name].push(value)
      }
    }
  }
  return measured as Record<K, Samples> // the keys are those that `turn` returned
}
