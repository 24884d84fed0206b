// Prints the results as a table.
import Table from 'cli-table3'
import { CONTENDERS } from './contenders/index.ts'
import type { Result, Verdict } from './results.ts'
import type { Summary } from './statistics.ts'

export const NAMES = {
  floor: 'fixed password',
  us: 'rds-iam',
  recipe: 'usual recipe',
  wrapper: "AWS's wrapper",
} as const

export function tableOf(results: readonly Result[]): string {
  const table = new Table({
    head: ['median (quartiles)', '', ...CONTENDERS.map((name) => NAMES[name]), 'aim', 'got', ''],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const result of results) {
    const [first, ...others] = result.verdicts
    table.push([
      result.title,
      result.unit,
      ...CONTENDERS.map((name) => (result.of[name] ? spread(result.of[name]) : '–')),
      ...verdictCells(result, first),
    ])
    for (const verdict of others) table.push(['', '', '', '', '', '', ...verdictCells(result, verdict)])
  }
  return table.toString()
}

/** `10.2 (9.9–10.6)`, or only the value if there is no spread. */
function spread({ median, low, high }: Summary): string {
  return low === high ? short(median) : `${short(median)} (${short(low)}–${short(high)})`
}

/** Rounds to three digits. */
export function short(value: number): string {
  const places = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places })
}

function verdictCells({ unit }: Result, verdict: Verdict | undefined): [string, string, string] {
  if (!verdict) return ['', '', '']
  const { aim, got, reached } = verdict
  return [
    aim,
    aim.includes('×') ? got.toFixed(2) : `${short(got)} ${unit}`.trim(),
    reached ? '✓ reached' : '✗ not reached',
  ]
}
