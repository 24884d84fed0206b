// `npm run bench`: measures, prints a table, and writes bench/results.json, the charts and the figures in the READMEs.
// `--short` does a little of everything, `--stack NAME` (repeatable) measures only some stacks, and `--out FOLDER` writes
// to another folder.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, platform, release } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './build.ts'
import { writeCharts } from './charts.ts'
import type { StackName } from './contenders/index.ts'
import { SHORT, WHOLE } from './extent.ts'
import { measure } from './measure.ts'
import { startBench } from './processes.ts'
import { writeReadmes } from './readme.ts'
import type { Results } from './report.ts'
import { tableOf } from './table.ts'

const PACKAGES = [
  'pg',
  'mysql2',
  'mariadb',
  'knex',
  'typeorm',
  '@prisma/client',
  '@aws-sdk/rds-signer',
  'aws-advanced-nodejs-wrapper',
]

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    out: { type: 'string', default: root },
    stack: { type: 'string', multiple: true },
  },
})
const begin = performance.now()
const seconds = (): number => Math.round((performance.now() - begin) / 1_000)
const say = (what: string): void => console.error(`${String(seconds()).padStart(4)} s  ${what}`)

say('starting the servers')
const bench = await startBench()
try {
  const extent = values.short ? SHORT : WHOLE
  const wanted = (stack: StackName): boolean => values.stack?.includes(stack) ?? true
  const outcome = await measure(
    bench,
    {
      ...extent,
      stacks: extent.stacks.filter(wanted),
      starts: extent.starts.filter(({ stack }) => wanted(stack)),
    },
    say,
  )
  const servers = bench.gates.map(({ engine, serverVersion }) => [engine, serverVersion] as const)
  const packages = await Promise.all(PACKAGES.map(async (name) => [name, await versionOf(name)] as const))
  const results: Results = {
    measuredAt: new Date().toISOString(),
    seconds: seconds(),
    machine: {
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      system: `${platform()} ${release()}`,
    },
    versions: Object.fromEntries([...servers, ...packages]),
    ...outcome,
  }
  const folder = resolve(values.out)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  await writeCharts(results, folder)
  if (!values.short && !values.stack && folder === resolve(root)) await writeReadmes(results)
  console.log(tableOf(results.results))
  const verdicts = results.results.flatMap((result) => result.verdicts)
  console.log(
    `${verdicts.filter(({ reached }) => reached).length} of ${verdicts.length} aims reached, in ${seconds()} s`,
  )
} finally {
  await bench.stop()
}

async function versionOf(name: string): Promise<string> {
  return JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}
