// Measures a process from its start to its first row. build.ts turns it into one program for each contender.
import type { Enter, Target } from './contenders/contender.ts'

/** The time since the start of the process, in milliseconds. */
export interface FirstRow {
  /** Until Node had started. */
  readonly startedMs: number
  /** Until the driver, the ORM and the contender were loaded. */
  readonly importedMs: number
  readonly rowMs: number
  /** The CPU time of all threads until the row arrived. */
  readonly cpuMs: number
}

export async function firstRow(enter: Enter): Promise<void> {
  const importedMs = performance.now()
  const target: Target = JSON.parse(process.env.BENCH_TARGET ?? '')
  const connection = await enter(target).connect()
  await connection.query('SELECT 1')
  const rowMs = performance.now()
  const { user, system } = process.cpuUsage()
  const startedMs = performance.nodeTiming.bootstrapComplete
  const row: FirstRow = { startedMs, importedMs, rowMs, cpuMs: (user + system) / 1_000 }
  process.send?.(row)
  await connection.close()
  process.disconnect?.()
}
