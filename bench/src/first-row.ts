// A process that is measured from its start: it logs in and gets a row. build.ts makes a program of it for each contender.
import type { Enter, Target } from './contenders/contender.ts'

/** From the start of the process, in milliseconds. */
export interface FirstRow {
  /** How long Node took to start. */
  readonly startedMs: number
  /** Until the driver, the ORM and the contender were loaded. */
  readonly importedMs: number
  readonly rowMs: number
  /** CPU time of all threads until the row arrived. */
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
