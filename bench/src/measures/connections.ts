// Measures connections, one after another and many at once, and queries on open connections.
import { type ContenderName, contendersOn, type StackName } from '../contenders/index.ts'
import type { Aim, Samples } from '../results.ts'
import { inRounds, type Rounds } from '../rounds.ts'
import type { Connecting } from '../work.ts'
import { type Session, withWorkers } from './session.ts'

const BARE = ['pg', 'mysql2', 'mariadb'] as const

/** The contenders that parse all certificates for each connection, on drivers that don't cache them. */
const SLOW: readonly ContenderName[] = ['recipe', 'wrapper']

/** On every stack. */
const CONNECT_AIM: Aim = { against: 'floor', times: 1.05 }
const MORE_CONNECT_AIMS: { readonly [stack in StackName]?: readonly Aim[] } = {
  pg: [{ against: 'recipe', times: 0.4 }],
  mysql2: [{ against: 'recipe', times: 1 }],
  mariadb: [{ against: 'recipe', times: 1 }],
}
const BURST_AIMS: { readonly [id: string]: readonly Aim[] } = {
  'pg/100': [
    { against: 'floor', times: 1.1 },
    { against: 'recipe', times: 0.25 },
  ],
}
const QUERY_AIMS: readonly Aim[] = [{ against: 'floor', times: 1.02 }]

export async function measureConnections(session: Session): Promise<void> {
  const { extent, add } = session
  for (const stack of extent.stacks) {
    const [processes, rounds, count] = extent.connect
    const often = { rounds, warmUps: rounds > 1 ? 3 : 0, withinMs: isBare(stack) ? 10_000 : 5_000 }
    const measured = await inProcesses(session, stack, 'connections', processes, often, async (worker) => ({
      ...(await worker.connect(count)),
    }))
    const aims = [CONNECT_AIM, ...(MORE_CONNECT_AIMS[stack] ?? [])]
    add(`connect/${stack}`, `one connection, ${stack}`, 'ms', measured.ms, aims)
    add(`cpu/${stack}`, `its CPU time, ${stack}`, 'ms', measured.cpuMs)
    if (!isBare(stack)) continue
    await measureBursts(session, stack)
    await measureQueries(session, stack)
  }
}

async function measureBursts(session: Session, stack: StackName): Promise<void> {
  const { extent, add, say } = session
  const names = contendersOn(stack)
  await withWorkers(session, stack, names, async (workers) => {
    for (const [atOnce, rounds, slowRounds] of extent.bursts) {
      say(`${atOnce} connections at once on ${stack}`)
      const options = {
        rounds,
        brief: { names: SLOW, rounds: slowRounds },
        warmUps: rounds > 1 ? 1 : 0,
        pauseMs: atOnce,
        withinMs: 90_000,
      }
      const { ms } = await inRounds(names, options, async (name) => ({
        ...(await workers[name].burst(atOnce)),
      }))
      const id = `${stack}/${atOnce}`
      add(`burst/${id}`, `${atOnce} at once, ${stack}`, 'ms', ms, BURST_AIMS[id])
    }
  })
}

async function measureQueries(session: Session, stack: StackName): Promise<void> {
  const [processes, rounds, count] = session.extent.queries
  const brief = { names: ['wrapper'] as const, rounds: 4 }
  const often = { rounds, brief, warmUps: rounds > 1 ? 4 : 0, withinMs: 8_000 }
  const { us } = await inProcesses(session, stack, 'queries', processes, often, async (worker) => ({
    us: ((await worker.queries(count)).ms / count) * 1_000,
  }))
  session.add(`query/${stack}`, `a query on an open pool of 10, ${stack}`, 'µs', us, QUERY_AIMS)
}

/** Repeats the rounds with new processes, because how fast a process runs is partly luck. */
async function inProcesses<K extends string>(
  session: Session,
  stack: StackName,
  what: string,
  processes: number,
  often: Rounds<ContenderName>,
  turn: (worker: Connecting) => Promise<Readonly<Record<K, number>>>,
): Promise<Record<K, Samples>> {
  const names = contendersOn(stack)
  const all: Record<string, Record<string, number[]>> = {}
  for (let nth = 1; nth <= processes; nth++) {
    session.say(`${what} on ${stack}, ${nth} of ${processes}`)
    await withWorkers(session, stack, names, async (workers) => {
      const measured = await inRounds(names, often, (name) => turn(workers[name]))
      for (const [key, samples] of Object.entries<Samples>(measured)) {
        for (const [name, numbers] of Object.entries(samples)) {
          all[key] = { ...all[key], [name]: [...(all[key]?.[name] ?? []), ...numbers] }
        }
      }
    })
  }
  return all as Record<K, Samples> // the keys are those that `turn` returned
}

function isBare(stack: StackName): stack is (typeof BARE)[number] {
  return BARE.some((bare) => bare === stack)
}
