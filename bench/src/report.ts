// What one run of the bench found, and on what: the contents of results.json.
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
  /** Of servers, drivers and packages. */
  readonly versions: Readonly<Record<string, string>>
}
