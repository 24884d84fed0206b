// The text of an examination: a few lines for each step, then the causes.

import { safeText } from '@rds-iam/core'
import { colored } from '../../process/color.ts'
import type { Cause, Cure } from '../causes/index.ts'
import type { Examination, Findings, Outcome, StepName } from '../examination.ts'
import { failedLines, linesOf, NAMES } from './step-lines.ts'

export interface Page {
  readonly color: boolean
  /** In characters. Prose is wrapped at this width, commands are not. */
  readonly width: number
}

const NAME_WIDTH = 11
const TIME_WIDTH = 8
/** A mark, a name and a time, each followed by a space. */
const INDENT = ' '.repeat(2 + NAME_WIDTH + 1 + TIME_WIDTH + 2)

export function stepText<N extends StepName>(name: N, outcome: Outcome<Findings[N]>, page: Page): string {
  const { mark, ms, lines } = told(name, outcome)
  const painted = { '✓': 'green', '✗': 'red', '–': 'dim' } as const
  const [first = '', ...others] = lines.flatMap((line) => wrapped(line, page.width - INDENT.length))
  const head = [
    colored(painted[mark], mark, page.color),
    NAMES[name].padEnd(NAME_WIDTH),
    colored('dim', `${ms} ms`.padStart(TIME_WIDTH), page.color),
    ` ${mark === '–' ? colored('dim', first, page.color) : first}`,
  ]
  return [head.join(' '), ...others.map((line) => INDENT + colored('dim', line, page.color))].join('\n')
}

function told<N extends StepName>(
  name: N,
  outcome: Outcome<Findings[N]>,
): { mark: '✓' | '✗' | '–'; ms: number; lines: readonly string[] } {
  switch (outcome.status) {
    case 'skipped':
      return { mark: '–', ms: outcome.ms, lines: [outcome.why] }
    case 'ok':
      return { mark: '✓', ms: outcome.ms, lines: linesOf[name](outcome.found) }
    case 'failed':
      return { mark: '✗', ms: outcome.ms, lines: failedLines(name, outcome.fault, outcome.found) }
  }
}

export function endText(
  steps: Examination,
  causes: readonly Cause[],
  log: readonly string[],
  page: Page,
): string {
  if (steps.login.status === 'ok') {
    const flawed = Object.values(steps).some(({ status }) => status === 'failed')
    const more = flawed ? ' But check the steps marked ✗: a later login may fail.' : ''
    const head = `${colored('green', 'The login succeeded.', page.color)}${more}`
    return [head, ...causes.map((cause, index) => causeText(cause, index + 1, page))].join('\n\n')
  }
  const proven = causes.every(({ certainty }) => certainty === 'proven')
  const heading = proven
    ? causes.length === 1
      ? 'The cause'
      : `${causes.length} causes`
    : 'Possible causes, the most likely first'
  const items = causes.map((cause, index) => causeText(cause, index + 1, page))
  const more =
    log.length === 0
      ? []
      : [
          [
            'RDS can log the reason. Enable the log, log in again, and read it:',
            ...log.map((command) => `     ${colored('dim', '$', page.color)} ${command}`),
          ].join('\n'),
        ]
  return [`${colored('red', 'The login failed.', page.color)} ${heading}:`, ...items, ...more].join('\n\n')
}

function causeText({ title, because, certainty, cures }: Cause, number: number, page: Page): string {
  const indent = '     '
  const tag = certainty === 'proven' ? '' : ` (${certainty})`
  const [head = '', ...rest] = wrapped(`${title}${tag}`, page.width - indent.length)
  const why = because === undefined ? [] : wrapped(because, page.width - indent.length)
  return [
    `${String(number).padStart(3)}. ${colored('bold', head, page.color)}`,
    ...rest.map((line) => indent + colored('bold', line, page.color)),
    ...why.map((line) => indent + colored('dim', line, page.color)),
    ...cures.flatMap((cure) => cureLines(cure, page).map((line) => indent + line)),
  ].join('\n')
}

const MARKS = { sh: '$', sql: '>', do: '→' } as const

function cureLines({ kind, text }: Cure, page: Page): string[] {
  const mark = colored('dim', MARKS[kind], page.color)
  if (kind !== 'do')
    return [`${mark} ${colored('cyan', safeText(text, Number.POSITIVE_INFINITY), page.color)}`]
  return wrapped(text, page.width - 7).map((line, index) => `${index === 0 ? mark : ' '} ${line}`)
}

/** Wraps prose between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of safeText(text, Number.POSITIVE_INFINITY).split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
