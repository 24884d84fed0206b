// What a failure looks like: lines for stderr, and the exit status: 2 for wrong usage, else 1.
import { flagOf, inFlags, inLocalFlags } from './flags.ts'

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

/** What the user wrote is wrong, a line for each thing that is. */
export class UsageError extends Failed {
  constructor(...lines: readonly string[]) {
    super(lines, 2)
  }
}

export interface Failure {
  readonly lines: readonly string[]
  readonly status: number
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { lines: [String(error)], status: 1 }
  const { code, exitCode, problems }: { code?: unknown; exitCode?: unknown; problems?: unknown } =
    Object(error)
  // commander's: help and version were printed, or the words make no sense
  if (typeof code === 'string' && code.startsWith('commander.')) {
    if (exitCode === 0) return { lines: [], status: 0 }
    return { lines: [oneLine(error.message.replace(/^error: /, ''))], status: 2 }
  }
  if (error instanceof Failed) return error
  if (code === 'ERR_RDS_IAM_OPTIONS' && Array.isArray(problems)) {
    return {
      lines: problems.map(({ option, message }) => inFlags(oneLine(`${flagOf(String(option))} ${message}`))),
      status: 2,
    }
  }
  if (code === 'ERR_RDS_IAM_LOCAL_OPTIONS') {
    const lines = error.message.split('\n').slice(1)
    return {
      lines: lines.map((line) => inLocalFlags(line.trim().replace(/^(\w+):/, (_, option) => flagOf(option)))),
      status: 2,
    }
  }
  if (typeof code === 'string' && code.startsWith('ERR_RDS_IAM_LOCAL_')) {
    return { lines: [inLocalFlags(oneLine(error.message))], status: 1 }
  }
  return { lines: [inFlags(oneLine(error.message))], status: 1 }
}

/** A list in a message, one line an entry, becomes one sentence. */
function oneLine(message: string): string {
  return message
    .trim()
    .replace(/:\s*\n\s*(- )?/g, ': ')
    .replace(/\n(\s*- |[ \t]+|(?=or ))/g, '; ')
    .replace(/: {2,}/g, ': ') // of columns
    .replace(/\s*\n\s*/g, ' ')
}
