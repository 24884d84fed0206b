// A process that is measured from its start: imports a contender, logs in, gets a row. The file first-row.cjs does the
// same in CommonJS.
import type { Enter, Target } from './contenders/contender.ts'

const [, , stack, name] = process.argv
const target: Target = JSON.parse(process.env.BENCH_TARGET ?? '')
const startedMs = performance.now() // since the process began
const { enter }: { enter: Enter } = await import(
  new URL(`contenders/${stack}/${name}.mjs`, import.meta.url).href
)
const importedMs = performance.now()
const connection = await enter(target).connect()
await connection.query('SELECT 1')
const rowMs = performance.now()
const { user, system } = process.cpuUsage()
process.send?.({ startedMs, importedMs, rowMs, cpuMs: (user + system) / 1_000 })
await connection.close()
process.disconnect?.()
