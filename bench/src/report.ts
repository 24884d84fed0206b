// The results of a run and the machine it ran on: the contents of results.json.
import type { Outcome } from './measure.ts'

export interface Results extends Outcome {
  readonly measuredAt: string
  readonly seconds: number
  readonly machine: {
    readonly node: string
    readonly cpu: string
    readonly cores: number
    readonly system: string
  }
  /** The versions of servers, drivers and packages. */
  readonly versions: Readonly<Record<string, string>>
}
