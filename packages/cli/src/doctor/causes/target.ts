// The target in the words of the command line, for commands and advice.
import { parseRdsHost } from '@rds-iam/core'
import { shellWord } from '../../shell.ts'
import { bracketed } from '../steps/options.ts'
import { type Case, foundIn } from './cause.ts'

/** The flag with its value: `--region eu-west-1`. */
export function flag(name: string, value: string): string {
  return `--${name} ${shellWord(value)}`
}

/** The URL of the endpoint and its user, and the region if the endpoint does not tell it, as words of a shell. */
export function urlWords(found: Case): string {
  const { engine = 'postgres', user = '', host = '', port } = found.subject
  const region = parseRdsHost(host)?.region === undefined ? foundIn(found, 'region')?.region : undefined
  return [
    shellWord(`${engine}://${encodeURIComponent(user)}@${bracketed(host)}:${port}`),
    ...(region === undefined ? [] : [flag('region', region)]),
  ].join(' ')
}
