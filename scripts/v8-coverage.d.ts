// @bcoe/v8-coverage has no types.
declare module '@bcoe/v8-coverage' {
  import type { Profiler } from 'node:inspector'

  interface ProcessCov {
    readonly result: readonly Profiler.ScriptCoverage[]
  }

  export function mergeProcessCovs(processes: readonly ProcessCov[]): ProcessCov
}
