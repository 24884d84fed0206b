// Waits for verdicts, which arrive asynchronously.
import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, expect } from 'vitest'
import { sharedServer } from '../../../../test/support/shared.ts'
import type { LocalRds, LocalRdsOptions, Verdict } from '../../src/index.ts'
import { startLocalRds } from '../../src/index.ts'

export interface Watched {
  local: LocalRds
  /** The next verdict. */
  next(): Promise<Verdict>
}

/** Starts a local RDS before the worker's server. */
export async function startWatched(options: LocalRdsOptions): Promise<Watched> {
  const events = new EventEmitter()
  const { upstream } = await sharedServer(options.engine)
  const onVerdict = (verdict: Verdict) => events.emit('verdict', verdict)
  const local = await startLocalRds({ upstream, ...options, onVerdict })
  return {
    local,
    async next() {
      const [verdict] = await once(events, 'verdict')
      return verdict as Verdict // emitted above
    },
  }
}

/** One for all tests of a file or of a `describe`. */
export function useWatched(options: LocalRdsOptions): () => Watched {
  let watched: Watched | undefined
  beforeAll(async () => {
    watched = await startWatched(options)
  })
  afterAll(() => watched?.local.stop())
  return () => watched ?? expect.unreachable()
}
