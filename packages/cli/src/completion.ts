// Completions: the scripts that shells source, and the answers to what those ask.
import { script } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

/**
 * Ours for bash: tab's needs the package bash-completion, complains when it is sourced twice, and evaluates the
 * words of the command line. What we have no suggestion for, such as the command after `--`, is a file's name.
 */
const BASH = `_rds_iam() {
  local word value _ words=() glue=
  # bash splits words at = and : too
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ $glue || ( $word == [=:]* && \${#words[@]} -gt 0 ) ]]; then words[\${#words[@]}-1]+=$word; else words+=("$word"); fi
    [[ $word == *[=:] ]] && glue=1 || glue=
  done
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    [[ $value == :* ]] || COMPREPLY+=("$value")
  done < <(rds-iam complete -- "\${words[@]}" 2>/dev/null)
}
complete -o default -F _rds_iam rds-iam`

export function printScript(shell: Shell): void {
  if (shell === 'bash') process.stdout.write(`${BASH}\n`)
  else script(shell, 'rds-iam', 'rds-iam')
}

/** In the answer to a script: the name of a file, which the shell knows better. */
const FILES = ':0\n'

/** Prints what may stand where the last of `words` is being written. */
export function suggest(program: Command, words: readonly string[]): void {
  if (isFile(words)) return void process.stdout.write(FILES)
  const root = tab(program)
  root.commands.delete('complete') // for the scripts, not for people
  root.parse([...words])
}

/** What follows `--` is the user's command, and most of its words are files. */
function isFile(words: readonly string[]): boolean {
  const before = words.slice(0, -1)
  return before.at(-1) === '--ca' || words.at(-1)?.startsWith('--ca=') === true || before.includes('--')
}
