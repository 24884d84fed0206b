// Measures connections, one after another and many at once, and queries on open connections.
import { type ContenderName, contendersOn, type StackName } from '../contenders/index.ts'
import type { Aim } from '../results.ts'
import { inRounds } from '../rounds.ts'
import { type Session, withWorkers } from './session.ts'

const BARE = ['pg', 'mysql2', 'mariadb'] as const

/** The contenders that parse all certificates for each connection, on drivers that don't cache them. */
const SLOW: readonly ContenderName[] = ['recipe', 'wrapper']

/** On every stack. */
const CONNECT_AIM: Aim = { against: 'floor', times: [0, 1.05] }
const MORE_CONNECT_AIMS: { readonly [stack in StackName]?: readonly Aim[] } = {
  pg: [{ against: 'recipe', times: [0, 0.4] }],
  mysql2: [{ against: 'recipe', times: [0, 1] }],
  mariadb: [{ against: 'recipe', times: [0, 1] }],
}
const BURST_AIMS: { readonly [id: string]: readonly Aim[] } = {
  'pg/100': [
    { against: 'floor', times: [0, 1.1] },
    { against: 'recipe', times: [0, 0.25] },
  ],
}
const QUERY_AIMS: readonly Aim[] = [{ against: 'floor', times: [0.98, 1.02] }]

export async function measureConnections(session: Session): Promise<void> {
  const { extent, add, say } = session
  for (const stack of extent.stacks) {
    say(`connections on ${stack}`)
    await withWorkers(session, stack, contendersOn(stack), async (workers) => {
      const names = contendersOn(stack)
      const [rounds, count] = extent.connect
      const often = { rounds, warmUps: rounds > 1 ? 3 : 0, withinMs: isBare(stack) ? 40_000 : 10_000 }
      const measured = await inRounds(names, often, async (name) => ({
        ...(await workers[name].connect(count)),
      }))
      const aims = [CONNECT_AIM, ...(MORE_CONNECT_AIMS[stack] ?? [])]
      add(`connect/${stack}`, `one connection, ${stack}`, 'ms', measured.ms, aims)
      add(`cpu/${stack}`, `its CPU time, ${stack}`, 'ms', measured.cpuMs)
      if (!isBare(stack)) return

      for (const [atOnce, burstRounds, slowRounds] of extent.bursts) {
        say(`${atOnce} connections at once on ${stack}`)
        const options = {
          rounds: burstRounds,
          brief: { names: SLOW, rounds: slowRounds },
          warmUps: burstRounds > 1 ? 1 : 0,
          pauseMs: atOnce,
          withinMs: 90_000,
        }
        const { ms } = await inRounds(names, options, async (name) => ({
          ...(await workers[name].burst(atOnce)),
        }))
        add(
          `burst/${stack}/${atOnce}`,
          `${atOnce} at once, ${stack}`,
          'ms',
          ms,
          BURST_AIMS[`${stack}/${atOnce}`],
        )
      }
    })
    if (isBare(stack)) await measureQueries(session, stack)
  }
}

/** Repeats with new processes, because how fast a process runs is partly luck. */
async function measureQueries(session: Session, stack: StackName): Promise<void> {
  const { extent, add, say } = session
  const [processes, rounds, count] = extent.queries
  const names = contendersOn(stack)
  const brief = { names: ['wrapper'] as const, rounds: 4 }
  const all: Record<string, number[]> = {}
  for (let nth = 1; nth <= processes; nth++) {
    say(`queries on ${stack}, ${nth} of ${processes}`)
    await withWorkers(session, stack, names, async (workers) => {
      const often = { rounds, brief, warmUps: rounds > 1 ? 4 : 0, withinMs: 8_000 }
      const { us } = await inRounds(names, often, async (name) => ({
        us: ((await workers[name].queries(count)).ms / count) * 1_000,
      }))
      for (const name of names) all[name] = [...(all[name] ?? []), ...(us[name] ?? [])]
    })
  }
  add(`query/${stack}`, `a query on an open pool of 10, ${stack}`, 'µs', all, QUERY_AIMS)
}

function isBare(stack: StackName): stack is (typeof BARE)[number] {
  return BARE.some((bare) => bare === stack)
}
