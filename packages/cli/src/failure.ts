// Turns an error into lines for stderr and an exit status: 2 for wrong usage, otherwise 1.
import type { Problem } from '@rds-iam/core'
import { asFlag } from './flags.ts'

/** Ends the program with this status. */
export class Failed extends Error {
  readonly lines: readonly string[]
  readonly status: number

  constructor(lines: readonly string[], status: number) {
    super(lines.join('\n'))
    this.lines = lines
    this.status = status
  }
}

/** Wrong usage, with a line for each problem. */
export class UsageError extends Failed {
  constructor(...lines: readonly string[]) {
    super(lines, 2)
  }
}

export interface Failure {
  readonly lines: readonly string[]
  readonly status: number
}

export async function failureOf(error: unknown): Promise<Failure> {
  if (!(error instanceof Error)) return { lines: [String(error)], status: 1 }
  const { code, exitCode, problems }: { code?: unknown; exitCode?: unknown; problems?: unknown } =
    Object(error)
  // From commander: it has printed the help or the version, or it can't parse the arguments.
  if (typeof code === 'string' && code.startsWith('commander.')) {
    if (exitCode === 0) return { lines: [], status: 0 }
    return { lines: [oneLine(error.message.replace(/^error: /, ''))], status: 2 }
  }
  if (error instanceof Failed) return error
  // A local RDS's problems have the same shape.
  if (isProblems(problems) && problems.length > 0) {
    return { lines: await linesOf(problems), status: /OPTIONS$/.test(String(code)) ? 2 : 1 }
  }
  return { lines: [oneLine(error.message)], status: 1 }
}

function isProblems(problems: unknown): problems is readonly Problem[] {
  return Array.isArray(problems) && problems.every((problem) => 'instead' in Object(problem))
}

async function linesOf(problems: readonly Problem[]): Promise<string[]> {
  const { renderProblem } = await import('@rds-iam/core') // loaded late, because --help doesn't need it
  return problems
    .map((problem) => renderProblem(problem, asFlag))
    .map(({ option, seen, instead }) => oneLine(`${option} ${seen}; ${instead}`))
}

/** Turns a message with a list, one entry per line, into one line. */
function oneLine(message: string): string {
  return message
    .trim()
    .replace(/:\s*\n\s*(- )?/g, ': ')
    .replace(/\n(\s*- |[ \t]+|(?=or ))/g, '; ')
    .replace(/: {2,}/g, ': ') // aligned columns
    .replace(/\s*\n\s*/g, ' ')
}
