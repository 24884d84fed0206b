// What the packages call options, in the words of the command line.
import { shellWord } from './shell.ts'

const SAME = 'engine|host|port|user|database|region|profile|role|via|cname|upstream'
const FLAGS: Readonly<Record<string, string>> = {
  url: 'URL',
  'ssl.ca': '--ca',
  for: '--for',
  users: '--user',
  ...Object.fromEntries(SAME.split('|').map((name) => [name, `--${name}`])),
}

/** `--port` for `port`; what is no flag, such as `port (from PGPORT)`, stays as it is. */
export function flagOf(option: string): string {
  return FLAGS[option] ?? option
}

/** Advice to write `region: 'eu-central-1'` is here to write `--region eu-central-1`, and --ca takes a path for a text. */
export function inFlags(message: string): string {
  return message
    .replace(' (timeoutMs)', '') // which has no flag
    .replace(/write a file's text \S+, not its path/, 'name a file that holds PEM certificates')
    .replace(/pass the text of (\S+)/, 'save $1 to a file and name that')
    .replace(new RegExp(`\\b(${SAME}): (?:'([^']*)'|true)`, 'g'), (_, name, value) =>
      value === undefined ? `--${name}` : `--${name} ${shellWord(value)}`,
    )
    .replace(new RegExp(`\\b(write|as|with) (${SAME})\\b(?!:)`, 'g'), '$1 --$2')
}

/** The same for a local RDS, whose messages have options in backquotes. */
export function inLocalFlags(message: string): string {
  return inFlags(message)
    .replace('`host` and ', '') // it listens on loopback only
    .replace(/`(\w+)`/g, (quoted, name) => FLAGS[name] ?? quoted)
}
