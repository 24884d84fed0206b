// A process that is measured from its start, as src/first-row.ts, in CommonJS.
const { join } = require('node:path')

const [, , stack, name, folder] = process.argv
const target = JSON.parse(process.env.BENCH_TARGET ?? '')
const startedMs = performance.now() // since the process began
const { enter } = require(join(String(folder), 'contenders', String(stack), `${name}.cjs`))
const importedMs = performance.now()

async function main() {
  const connection = await enter(target).connect()
  await connection.query('SELECT 1')
  const rowMs = performance.now()
  const { user, system } = process.cpuUsage()
  process.send?.({ startedMs, importedMs, rowMs, cpuMs: (user + system) / 1_000 })
  await connection.close()
  process.disconnect?.()
}
main()
