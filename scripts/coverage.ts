// `npm run coverage`: runs all or some tests, and prints their coverage of packages/*/src, including child processes.
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { Profiler } from 'node:inspector'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { mergeProcessCovs } from '@bcoe/v8-coverage'
import convert from 'ast-v8-to-istanbul'
import istanbul, { type CoverageMap, type FileCoverageData, type Range } from 'istanbul-lib-coverage'
import report from 'istanbul-lib-report'
import reports from 'istanbul-reports'
import { parseAst } from 'vite'
import { run } from './run.mjs'

/** The required coverage of lines and of branches, in percent. */
const LEAST = 95

const root = fileURLToPath(new URL('..', import.meta.url))
const children = await mkdtemp(join(tmpdir(), 'rds-iam-coverage-'))
await chmod(children, 0o777) // servers run as another user
const env = { RDS_IAM_COVERAGE: children }
await run('npm', ['run', '--silent', 'build', '--', '--log-level', 'warn'])
const status = await run('npx', ['vitest', 'run', '--coverage', ...process.argv.slice(2)], { env })
const map = istanbul.createCoverageMap(await readJson(join(root, 'coverage', 'coverage-final.json')))
for (const script of await builtScriptsRun()) await add(script, map)
map.filter((file) => /\/packages\/\w+\/src\//.test(file))
await rm(children, { recursive: true })

const context = report.createContext({ dir: join(root, 'coverage'), coverageMap: map })
for (const name of ['text', 'html', 'json', 'json-summary'] as const) reports.create(name).execute(context)
const { lines, branches } = map.getCoverageSummary()
const enough = lines.pct >= LEAST && branches.pct >= LEAST
console.log(`\n${lines.pct} % of lines, ${branches.pct} % of branches; ${LEAST} % is required`)
process.exitCode = status === 0 && enough ? 0 : 1

/** The coverage of each built file by child processes, in the workspace or where its package is installed. */
async function builtScriptsRun(): Promise<readonly Profiler.ScriptCoverage[]> {
  const runs = []
  for (const name of await readdir(children)) {
    const { result }: { result: Profiler.ScriptCoverage[] } = await readJson(join(children, name))
    runs.push({ result: result.flatMap((one) => (builtFile(one) ? [{ ...one, url: builtFile(one) }] : [])) })
  }
  return mergeProcessCovs(runs).result
}

/** A script's path in the workspace; empty if it doesn't belong to a package. */
function builtFile({ url }: Profiler.ScriptCoverage): string {
  const [, folder, file] = /\/(?:packages|@rds-iam)\/(\w+)\/dist\/([\w.-]+)$/.exec(url) ?? []
  const [, program] = /\/rds-iam\/dist\/([\w.-]+)$/.exec(url) ?? []
  if (program !== undefined) return `packages/cli/dist/${program}`
  return folder === undefined ? '' : `packages/${folder}/dist/${file}`
}

async function add({ url, functions }: Profiler.ScriptCoverage, map: CoverageMap): Promise<void> {
  const file = join(root, url)
  const code = await readFile(file, 'utf8')
  if (!code.includes('\n//# sourceMappingURL=')) return // an ESM entry, which only re-exports the CommonJS one
  const sourceMap = await readJson(`${file}.map`)
  const coverage = { url: pathToFileURL(file).href, functions }
  const found = await convert({ code, ast: parseAst(code), sourceMap, coverage })
  // Make it like Vitest's, which was read from a JSON file: null instead of Infinity.
  for (const [source, data] of Object.entries<FileCoverageData>(JSON.parse(JSON.stringify(found)))) {
    if (map.files().includes(source)) align(data, map.fileCoverageFor(source).data)
    map.merge({ [source]: data })
  }
}

/**
 * Gives each piece its position in `like`. The two compilers sometimes disagree where a piece starts (such as an `else
 * if`) or ends, and only pieces in the same position are merged.
 */
function align(data: FileCoverageData, like: FileCoverageData): void {
  alignBy(data.statementMap, like.statementMap, (range) => ['', range])
  alignBy(data.fnMap, like.fnMap, ({ decl }) => ['', decl])
  alignBy(data.branchMap, like.branchMap, ({ type, loc }) => [type, loc])
}

function alignBy<P>(
  pieces: Record<string, P>,
  like: Record<string, P>,
  placeOf: (piece: P) => readonly [kind: string, range: Range],
): void {
  const keysOf = (piece: P): string[] => {
    const [kind, { start, end }] = placeOf(piece)
    return [
      `${kind} from ${start.line}:${start.column}`,
      `${kind} ${start.line} to ${end.line}:${end.column}`,
    ]
  }
  const known = new Map(Object.values(like).flatMap((piece) => keysOf(piece).map((key) => [key, piece])))
  for (const [id, piece] of Object.entries(pieces)) {
    pieces[id] = keysOf(piece).flatMap((key) => known.get(key) ?? [])[0] ?? piece
  }
}

async function readJson(file: string) {
  return JSON.parse(await readFile(file, 'utf8'))
}
