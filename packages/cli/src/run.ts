// Runs the program with the arguments of the command line. Returns the exit status.
import { failureOf, UsageError } from './failure.ts'
import { silenceSdk } from './process/sdk-advice.ts'
import { createProgram } from './program.ts'

/** Commands that run another command. The words after `--` belong to that command. */
const RUNNERS = ['exec', 'local']

export async function run(words: readonly string[]): Promise<number> {
  silenceSdk()
  const [name = ''] = words
  const end = RUNNERS.includes(name) ? words.indexOf('--') : -1
  const command = end === -1 ? undefined : words.slice(end + 1)
  const { program, status } = createProgram(command)
  try {
    if (name === '') throw new UsageError('a command is missing')
    await program.parseAsync(end === -1 ? words : words.slice(0, end), { from: 'user' })
    return status()
  } catch (error) {
    const failure = await failureOf(error)
    const known = program.commands.some((command) => command.name() === name)
    const hint = failure.status === 2 ? [`see: rds-iam ${known ? `${name} ` : ''}--help`] : []
    for (const line of [...failure.lines, ...hint]) process.stderr.write(`rds-iam: ${line}\n`)
    return failure.status
  }
}
