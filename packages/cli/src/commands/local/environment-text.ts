// Prints the environment of a local RDS as lines for a shell.
import { quotedWord } from '../../shell.ts'

/** For a POSIX shell, and on Windows for PowerShell. Both take text in single quotes literally. Empty means unset. */
export function exported(env: Readonly<Record<string, string>>): string {
  const windows = process.platform === 'win32'
  const line = (name: string, value: string): string => {
    if (value === '') return windows ? `Remove-Item -ErrorAction Ignore Env:${name}` : `unset ${name}`
    return windows ? `$env:${name} = '${value.replaceAll("'", "''")}'` : `export ${name}=${quotedWord(value)}`
  }
  return Object.entries(env)
    .map(([name, value]) => line(name, value))
    .join('\n')
}
