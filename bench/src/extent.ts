// How much is measured.
import { STACKS, type StackName } from './contenders/index.ts'
import { STARTS, type Start } from './starts.ts'

/** How much is done: the whole takes minutes, the short form shows that all of it works. */
export interface Extent {
  readonly stacks: readonly StackName[]
  readonly starts: readonly Start[]
  /** Connections, one after another: rounds, and how many in each. */
  readonly connect: readonly [rounds: number, count: number]
  /** Connections at once: how many, rounds, and in how many of them the slow take part. */
  readonly bursts: readonly (readonly [atOnce: number, rounds: number, slowRounds: number])[]
  readonly firstRows: number
  /** Queries on an open pool: in how many processes, rounds in each, and how many queries in each. */
  readonly queries: readonly [processes: number, rounds: number, count: number]
  readonly tokens: readonly [rounds: number, gets: number, signings: number]
  readonly tenMinutes: number
  /** Besides those of `bursts`. */
  readonly atOnce: readonly number[]
  readonly endpoints: readonly number[]
  readonly growthRounds: number
}

// The keys of a const object are known.
const ALL = Object.keys(STACKS) as StackName[]

export const WHOLE: Extent = {
  stacks: ALL,
  starts: STARTS,
  connect: [100, 3],
  bursts: [
    [100, 15, 3],
    [400, 5, 2],
  ],
  firstRows: 40,
  queries: [20, 12, 500],
  tokens: [15, 100_000, 300],
  tenMinutes: 1_000,
  atOnce: [1, 10, 25, 50, 200],
  endpoints: [1, 10, 100, 1_000],
  growthRounds: 7,
}

export const SHORT: Extent = {
  stacks: ['pg', 'mysql2', 'mariadb', 'knex-mysql2', 'typeorm-pg', 'prisma-mariadb'],
  starts: STARTS.filter(({ stack }) => stack === 'pg'),
  connect: [1, 1],
  bursts: [[5, 1, 1]],
  firstRows: 1,
  queries: [1, 1, 20],
  tokens: [1, 100, 2],
  tenMinutes: 40,
  atOnce: [1, 3],
  endpoints: [1, 3],
  growthRounds: 1,
}
