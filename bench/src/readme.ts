// Writes the figures of results.json into the README files, between marks, so that none is ever typed by hand.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './build.ts'
import { CONTENDERS } from './contenders/index.ts'
import type { Results } from './report.ts'
import type { Result, Verdict } from './results.ts'
import { NAMES, short } from './table.ts'

/** What the project's README shows; bench/README.md shows all. */
const SHOWN = [
  'connect/pg',
  'burst/pg/100',
  'connect/mysql2',
  'connect/mariadb',
  'first-row/pg/esm',
  'signings',
  'size',
]

/** Replaces what stands between `<!-- figures -->` and `<!-- /figures -->`. */
export async function writeReadmes(results: Results): Promise<void> {
  const shown = SHOWN.flatMap((id) => results.results.filter((result) => result.id === id))
  await replaceIn(join(root, '..', 'README.md'), `${table(shown)}\n\n${conditions(results, false)}`)
  await replaceIn(
    join(root, 'README.md'),
    `${conditions(results)}\n\n${table(results.results, true)}\n\n${growth(results)}`,
  )
}

async function replaceIn(file: string, text: string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const marks = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/
  if (!marks.test(before)) throw new Error(`${file} has no place for the figures`)
  await writeFile(
    file,
    before.replace(marks, (_, begin: string, end: string) => `${begin}\n${text}\n\n${end}`),
  )
}

function conditions({ machine, versions, measuredAt }: Results, whole = true): string {
  const { node, cpu, cores, system } = machine
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const rest = whole ? `, ${system}; ${known.join(', ')}` : ''
  return `Medians of interleaved runs on ${measuredAt.slice(0, 10)}: Node ${node.slice(1)}, ${cores} cores of ${cpu}${rest}.`
}

function table(results: readonly Result[], whole = false): string {
  const head = ['', ...CONTENDERS.map((name) => NAMES[name]), ...(whole ? ['aim', 'got', ''] : [])]
  const rows = results.map((result) => [
    `${result.title}${result.unit === '' ? '' : `, ${result.unit}`}`,
    ...CONTENDERS.map((name) => {
      const { median, low, high } = result.of[name] ?? {}
      if (median === undefined) return '–'
      return whole && low !== high
        ? `${short(median)} (${short(low ?? 0)}–${short(high ?? 0)})`
        : short(median)
    }),
    ...(whole
      ? [
          result.verdicts.map(({ aim }) => aim).join('<br>'),
          result.verdicts.map((verdict) => got(verdict, result)).join('<br>'),
          result.verdicts.map(({ reached }) => (reached ? 'reached' : '**not reached**')).join('<br>'),
        ]
      : []),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}

function got({ aim, got }: Verdict, { unit }: Result): string {
  return aim.includes('×') ? `${got.toFixed(2)} ×` : `${short(got)} ${unit}`.trim()
}

function growth({ growth: { connections, endpoints } }: Results): string {
  const counts = (points: readonly { count: number }[]): number[] => [
    ...new Set(points.map(({ count }) => count)),
  ]
  const who = ['floor', 'us', 'recipe'] as const
  const at = <P extends { contender: string; count: number }>(
    points: readonly P[],
    name: string,
    count: number,
  ) => points.find((point) => point.contender === name && point.count === count)
  const lines = [
    `| at once on pg, ms | ${who.map((name) => NAMES[name]).join(' | ')} |`,
    '| ---: | ---: | ---: | ---: |',
    ...counts(connections).map(
      (count) =>
        `| ${count} | ${who.map((name) => short(at(connections, name, count)?.ms ?? Number.NaN)).join(' | ')} |`,
    ),
    '',
    '| tokens for endpoints at once | rds-iam, ms | its credential resolutions | usual recipe, ms | its credential resolutions |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...counts(endpoints).map((count) => {
      const cells = (['us', 'recipe'] as const).map((name) => {
        const point = at(endpoints, name, count)
        return `${short(point?.ms ?? Number.NaN)} | ${point?.resolutions ?? '–'}`
      })
      return `| ${count} | ${cells.join(' | ')} |`
    }),
  ]
  return lines.join('\n')
}
