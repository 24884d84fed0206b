// The names of options on the command line.
import type { OptionReference } from '@rds-iam/core'
import { shellWord } from './shell.ts'

const FLAGS: ReadonlyMap<string, string> = new Map([
  ['url', 'URL'],
  ['ssl.ca', '--ca'],
  ['users', '--user'],
  ['endpoint.host', '--endpoint'],
  ['endpoint.port', '--endpoint'],
  ...[
    'engine',
    'host',
    'port',
    'user',
    'database',
    'region',
    'profile',
    'role',
    'via',
    'cname',
    'upstream',
  ].map((name): [string, string] => [name, `--${name}`]),
])

/** `--region eu-central-1`. An option without a flag keeps its name. */
export function asFlag({ option, value, file }: OptionReference): string {
  const flag = FLAGS.get(option) ?? option
  const word = file ?? value
  return word === undefined || word === true ? flag : `${flag} ${shellWord(String(word))}`
}
