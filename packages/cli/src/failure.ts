// What a failure looks like: lines for stderr, and the exit status: 2 for wrong usage, else 1.

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

/** Options of the packages, as they are called here. */
const FLAGS: Readonly<Record<string, string>> = { url: 'URL', 'ssl.ca': '--ca', for: '--for' }
const SAME = ['engine', 'host', 'port', 'user', 'database', 'region', 'profile', 'role', 'via', 'cname']

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
      lines: lines.map((line) => line.trim().replace(/^(\w+)/, (option) => flagOf(option))),
      status: 2,
    }
  }
  return { lines: [inFlags(oneLine(error.message))], status: 1 }
}

function flagOf(option: string): string {
  return FLAGS[option] ?? (SAME.includes(option) ? `--${option}` : option)
}

/** Advice to write `region: 'eu-central-1'` is here to write `--region eu-central-1`. */
function inFlags(message: string): string {
  const option = new RegExp(`\\b(${SAME.join('|')}): (?:'([^']*)'|true)`, 'g')
  return message.replace(option, (_, name, value) =>
    value === undefined ? `--${name}` : `--${name} ${value}`,
  )
}

/** A list in a message, one line an entry, becomes one sentence. */
function oneLine(message: string): string {
  return message
    .trim()
    .replace(/:\s*\n\s*(- )?/g, ': ')
    .replace(/\n\s*- /g, '; ')
    .replace(/\s*\n\s*/g, ' ')
}
