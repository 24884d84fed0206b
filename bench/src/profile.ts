// `npm run bench:profile STACK CONTENDER connect|burst|first-row TIMES`: runs a contender under Node's profiler and prints
// where its CPU time went. Keeps the profiles in bench/profiles, for a flame graph in Chrome DevTools or speedscope.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import Table from 'cli-table3'
import { root } from './build.ts'
import { CONTENDERS, type ContenderName, STACKS, type StackName } from './contenders/index.ts'
import { startBench } from './processes.ts'

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  /** Microseconds. */
  readonly timeDeltas: readonly number[]
}

const [, , stack = 'pg', name = 'us', what = 'connect', times = what === 'first-row' ? '10' : '200'] =
  process.argv
if (!isStack(stack) || !isContender(name)) {
  throw new Error(`write one of ${Object.keys(STACKS)}, and one of ${CONTENDERS}`)
}
const folder = join(root, 'profiles', `${stack}-${name}-${what}`)
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=100']
const bench = await startBench()
try {
  if (what === 'first-row') {
    for (let nth = 1; nth <= Number(times); nth++)
      await bench.firstRow({ stack, format: 'esm' }, name, nodeArgs)
  } else {
    const { ask, stop } = await bench.worker(stack, name, { nodeArgs })
    if (what === 'burst') await ask.burst(Number(times))
    else await ask.connect(Number(times))
    await stop()
  }
} finally {
  await bench.stop()
}
const profiles = await Promise.all(
  (await readdir(folder)).map(
    async (file): Promise<Profile> => JSON.parse(await readFile(join(folder, file), 'utf8')),
  ),
)
const runs = what === 'first-row' ? profiles.length : Number(times)
console.log(tableOf('function, own time', ownTimes(functionOf).slice(0, 15)))
console.log(tableOf('package, including what Node does for it', ownTimes(packageOf).slice(0, 15)))
console.log(folder)

type Node = Profile['nodes'][number]

/** The times of one run. A sample counts for the first name found on its stack, from the top to the root. */
function ownTimes(nameOf: (node: Node) => string | undefined): [name: string, ms: number][] {
  const times = new Map<string, number>()
  for (const profile of profiles) addTimes(times, profile, nameOf)
  return [...times].sort(([, a], [, b]) => b - a)
}

function addTimes(
  times: Map<string, number>,
  { nodes, samples, timeDeltas }: Profile,
  nameOf: (node: Node) => string | undefined,
): void {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  for (const [index, id] of samples.entries()) {
    let found: string | undefined
    for (let at: number | undefined = id; at !== undefined && found === undefined; at = parents.get(at)) {
      const node = byId.get(at)
      found = node && nameOf(node)
    }
    const ms = (timeDeltas[index] ?? 0) / 1_000 / runs
    if (found !== '(idle)') times.set(found ?? '(node)', (times.get(found ?? '(node)') ?? 0) + ms)
  }
}

function functionOf({ callFrame: { functionName, url } }: Node): string {
  const place = url.replace(/^.*node_modules\//, '').replace(/^.*\/packages\//, 'packages/')
  return `${functionName || '(anonymous)'} ${place}`.trim()
}

function packageOf({ callFrame: { functionName, url } }: Node): string | undefined {
  if (functionName === '(idle)' || functionName === '(garbage collector)') return functionName
  if (functionName === 'createSecureContext') return `(${functionName})`
  return (
    /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ??
    /\/(packages\/[^/]+)\//.exec(url)?.[1]?.replace('packages/', '@rds-iam/') ??
    (url.includes('/bench/') ? '(the bench)' : undefined)
  )
}

function tableOf(title: string, rows: readonly [string, number][]): string {
  const table = new Table({
    head: [title, 'ms'],
    colAligns: ['left', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const [name, ms] of rows) table.push([name, ms.toFixed(2)])
  return table.toString()
}

function isStack(text: string): text is StackName {
  return text in STACKS
}
function isContender(text: string): text is ContenderName {
  return CONTENDERS.some((name) => name === text)
}
