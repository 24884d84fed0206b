// Measures new processes from their start to their first row.
import type { Aim } from '../results.ts'
import { inRounds } from '../rounds.ts'
import { contendersIn, idOf, type Start, titleOf } from '../starts.ts'
import type { Session } from './session.ts'

export async function measureFirstRows({ bench, extent, add, say }: Session): Promise<void> {
  for (const start of extent.starts) {
    const title = titleOf(start)
    say(`first rows of new processes, ${title}`)
    const measured = await inRounds(
      contendersIn(start),
      {
        rounds: extent.firstRows,
        warmUps: start.compileCache ? 2 : 0, // to fill the cache
        brief: { names: ['wrapper'], rounds: 8 },
        withinMs: 30_000,
      },
      async (name) => {
        const { startedMs, importedMs, rowMs, cpuMs } = await bench.firstRow(start, name)
        return { rowMs, importMs: importedMs - startedMs, cpuMs }
      },
    )
    const id = idOf(start)
    add(`first-row/${id}`, `process start to first row, ${title}`, 'ms', measured.rowMs, aimsOf(start))
    add(`first-row-cpu/${id}`, `its CPU time, ${title}`, 'ms', measured.cpuMs)
    add(`imports/${id}`, `of which imports, ${title}`, 'ms', measured.importMs)
  }
}

/** Both contenders need the AWS SDK to get credentials from a container's endpoint. */
function aimsOf({ stack, container }: Start): readonly Aim[] {
  if (container) return [{ against: 'recipe', most: 0 }]
  return [{ against: 'floor', most: stack === 'pg' ? 10 : 15 }]
}
