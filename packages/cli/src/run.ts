// Runs the program with the arguments of the command line. Returns the exit status.
import { failureOf, UsageError } from './failure.ts'
import { silenceSdk } from './process/sdk-advice.ts'
import { createProgram } from './program.ts'

/** Commands that run another command. The words after `--` belong to that command. */
const RUNNERS = ['exec', 'local']

export async function run(words: readonly string[]): Promise<number> {
  silenceSdk()
  // `help NAME` means the same as `NAME --help`.
  const asked = words[0] === 'help' && words[1] !== undefined ? [words[1], '--help'] : words
  const [name = ''] = asked
  const end = RUNNERS.includes(name) ? asked.indexOf('--') : -1
  const command = end === -1 ? undefined : asked.slice(end + 1)
  const { program, status } = createProgram(command)
  const known = program.commands.some((command) => command.name() === name)
  const own = end === -1 ? asked : asked.slice(0, end)
  try {
    if (name === '') throw new UsageError('a command is missing')
    // With --help, commander would take an unknown command for the program itself.
    await program.parseAsync(known || /^(-|help$)/.test(name) ? own : [name], { from: 'user' })
    return status()
  } catch (error) {
    const failure = await failureOf(error)
    const hint = failure.status === 2 ? [`see: rds-iam ${known ? `${name} ` : ''}--help`] : []
    for (const line of [...failure.lines, ...hint]) process.stderr.write(`rds-iam: ${line}\n`)
    return failure.status
  }
}
