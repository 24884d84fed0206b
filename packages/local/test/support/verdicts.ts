// Waits for verdicts, which arrive asynchronously.
import { EventEmitter, once } from 'node:events'
import type { LocalRds, LocalRdsOptions, Verdict } from '../../src/index.ts'
import { startLocalRds } from '../../src/index.ts'

export interface Watched {
  local: LocalRds
  /** The next verdict. */
  next(): Promise<Verdict>
}

export async function startWatched(options: LocalRdsOptions): Promise<Watched> {
  const events = new EventEmitter()
  const local = await startLocalRds({ ...options, onVerdict: (verdict) => events.emit('verdict', verdict) })
  return {
    local,
    async next() {
      const [verdict] = await once(events, 'verdict')
      return verdict as Verdict // emitted above
    },
  }
}
