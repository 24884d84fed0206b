// What all measurements use.
import type { ContenderName, StackName } from '../contenders/index.ts'
import type { Extent } from '../extent.ts'
import type { Bench, Worker } from '../processes.ts'
import type { Aim, Samples } from '../results.ts'
import type { Connecting, Tokens } from '../work.ts'

export interface Session {
  readonly bench: Bench
  readonly extent: Extent
  /** Records a measurement. */
  add(id: string, title: string, unit: string, samples: Samples, aims?: readonly Aim[]): void
  /** Reports what is being measured. */
  say(what: string): void
}

/** Runs `act` with the contenders on a stack, each in its own process. */
export async function withWorkers<N extends ContenderName>(
  { bench }: Session,
  stack: StackName,
  names: readonly N[],
  act: (workers: Readonly<Record<N, Connecting>>) => Promise<void>,
  container = false,
): Promise<void> {
  const started: Worker<Connecting>[] = []
  try {
    const entries = names.map(async (name) => {
      const worker = await bench.worker(stack, name, { container })
      started.push(worker)
      return [name, worker.ask] as const
    })
    await act(Object.fromEntries(await Promise.all(entries)) as Record<N, Connecting>) // one entry for each name
  } finally {
    await Promise.all(started.map((worker) => worker.stop()))
  }
}

/** Runs `act` with our token source and the SDK's signer, each in its own process. */
export async function withTokens(
  { bench }: Session,
  act: (workers: Readonly<Record<'us' | 'recipe', Tokens>>) => Promise<void>,
  container = false,
): Promise<void> {
  const [us, recipe] = await Promise.all([
    bench.tokens('us', { container }),
    bench.tokens('recipe', { container }),
  ])
  try {
    await act({ us: us.ask, recipe: recipe.ask })
  } finally {
    await Promise.all([us.stop(), recipe.stop()])
  }
}
