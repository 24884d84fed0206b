// How much is measured.
import { STACKS, type StackName } from './contenders/index.ts'
import { STARTS, type Start } from './starts.ts'

/** How much to measure: everything takes minutes; the short form only checks that everything works. */
export interface Extent {
  readonly stacks: readonly StackName[]
  readonly starts: readonly Start[]
  /** Connections, one after another: the number of processes, of rounds in each, and of connections in each round. */
  readonly connect: readonly [processes: number, rounds: number, count: number]
  /** Connections at once: how many, the number of rounds, and in how many of them the slow contenders take part. */
  readonly bursts: readonly (readonly [atOnce: number, rounds: number, slowRounds: number])[]
  readonly firstRows: number
  /** Queries on an open pool: the number of processes, of rounds in each, and of queries in each round. */
  readonly queries: readonly [processes: number, rounds: number, count: number]
  readonly tokens: readonly [rounds: number, gets: number, signings: number]
  readonly tenMinutes: number
  /** In addition to those in `bursts`. */
  readonly atOnce: readonly number[]
  readonly endpoints: readonly number[]
  readonly growthRounds: number
}

// A const object has no other keys.
const ALL = Object.keys(STACKS) as StackName[]

export const WHOLE: Extent = {
  stacks: ALL,
  starts: STARTS,
  connect: [4, 100, 3],
  bursts: [
    [100, 15, 3],
    [400, 5, 2],
  ],
  firstRows: 40,
  queries: [10, 12, 500],
  tokens: [15, 100_000, 300],
  tenMinutes: 1_000,
  atOnce: [1, 10, 25, 50, 200],
  endpoints: [1, 10, 100, 1_000],
  growthRounds: 7,
}

export const SHORT: Extent = {
  stacks: ['pg', 'mysql2', 'mariadb', 'knex-mysql2', 'typeorm-pg', 'prisma-mariadb'],
  starts: STARTS.filter(({ stack }) => stack === 'pg'),
  connect: [1, 1, 1],
  bursts: [[5, 1, 1]],
  firstRows: 1,
  queries: [1, 1, 20],
  tokens: [1, 100, 2],
  tenMinutes: 40,
  atOnce: [1, 3],
  endpoints: [1, 3],
  growthRounds: 1,
}
