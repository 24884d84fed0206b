// New processes, from their start until their first row.
import { contendersOn } from '../contenders/index.ts'
import type { Aim } from '../results.ts'
import { inRounds } from '../rounds.ts'
import type { Session } from './session.ts'

const FIRST_ROW_AIMS: readonly Aim[] = [{ against: 'recipe', most: -15 }]

export async function measureFirstRows({ bench, extent, add, say }: Session): Promise<void> {
  for (const [stack, format] of extent.starts) {
    say(`first rows of new processes on ${stack}, ${format}`)
    const told = await inRounds(
      contendersOn(stack),
      { rounds: extent.firstRows, brief: { names: ['floor', 'wrapper'], rounds: 8 }, withinMs: 45_000 },
      async (name) => {
        const { startedMs, importedMs, rowMs, cpuMs } = await bench.firstRow(stack, name, format)
        return { rowMs, importMs: importedMs - startedMs, cpuMs }
      },
    )
    const where = `${stack}, ${format === 'esm' ? 'ESM' : 'CommonJS'}`
    add(
      `first-row/${stack}/${format}`,
      `process start to first row, ${where}`,
      'ms',
      told.rowMs,
      FIRST_ROW_AIMS,
    )
    add(`first-row-cpu/${stack}/${format}`, `its CPU time, ${where}`, 'ms', told.cpuMs)
    add(`imports/${stack}/${format}`, `of it imports, ${where}`, 'ms', told.importMs)
  }
}
