// Writes the figures of results.json into the README files, so that no one has to copy them.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './build.ts'
import { CONTENDERS } from './contenders/index.ts'
import type { Results } from './report.ts'
import type { Result, Verdict } from './results.ts'
import { NAMES, short } from './table.ts'

/** The figures in the project's README. bench/README.md contains all. */
const SHOWN = [
  'connect/pg',
  'burst/pg/100',
  'connect/mysql2',
  'connect/mariadb',
  'first-row/pg/esm',
  'signings',
  'size',
]

/** The sections of bench/README.md, with the IDs of their results. The last section takes the rest. */
const SECTIONS = [
  ['One connection', /^(connect|cpu)\//],
  ['Many connections at once', /^burst\//],
  ['Queries on open connections', /^query\//],
  ['From the start of a process to its first row', /^(first-row|first-row-cpu|imports)\//],
  ['Tokens, memory and size', /^/],
] as const

/** Replaces the text between `<!-- figures -->` and `<!-- /figures -->`, and between the same marks for `all figures`. */
export async function writeReadmes(results: Results): Promise<void> {
  const shown = table(SHOWN.flatMap((id) => results.results.filter((result) => result.id === id)))
  const readme = join(root, 'README.md')
  await replaceIn(join(root, '..', 'README.md'), 'figures', `${shown}\n\n${conditions(results, false)}`)
  await replaceIn(readme, 'figures', `${shown}\n\n${conditions(results)}`)
  await replaceIn(readme, 'all figures', [...sections(results), growth(results)].join('\n\n'))
}

function sections({ results }: Results): string[] {
  const left = new Set(results)
  return SECTIONS.flatMap(([title, ids]) => {
    const own = [...left].filter(({ id }) => ids.test(id))
    for (const result of own) left.delete(result)
    return own.length === 0 ? [] : [`### ${title}`, table(own, true)]
  })
}

async function replaceIn(file: string, name: string, text: string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const marks = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!marks.test(before)) throw new Error(`${file} does not contain <!-- ${name} -->`)
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
  const head = ['', ...CONTENDERS.map((name) => NAMES[name]), ...(whole ? ['aim', 'result'] : [])]
  const rows = results.map((result) => [
    `${result.title}${result.unit === '' ? '' : `, ${result.unit}`}`,
    ...CONTENDERS.map((name) => (result.of[name] ? short(result.of[name].median) : '–')),
    ...(whole
      ? [
          result.verdicts.map(({ aim }) => aim).join('<br>'),
          result.verdicts.map((verdict) => outcome(verdict, result)).join('<br>'),
        ]
      : []),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}

function outcome({ aim, got, reached }: Verdict, { unit }: Result): string {
  const figure = aim.includes('×') ? `${got.toFixed(2)} ×` : `${short(got)} ${unit}`.trim()
  return reached ? figure : `**missed**: ${figure}`
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
    '### Scaling',
    '',
    `| connections at once on pg, ms | ${who.map((name) => NAMES[name]).join(' | ')} |`,
    '| ---: | ---: | ---: | ---: |',
    ...counts(connections).map(
      (count) =>
        `| ${count} | ${who.map((name) => short(at(connections, name, count)?.ms ?? Number.NaN)).join(' | ')} |`,
    ),
    '',
    '| endpoints at once | rds-iam, ms | rds-iam, credential resolutions | usual recipe, ms | usual recipe, credential resolutions |',
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
