// Completions, as the shells themselves have them; zsh and fish where they are installed.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { usePackedCli } from './cli.ts'

const cli = usePackedCli()
const run = promisify(execFile)

/** A folder with `certificates/rds.pem` in it, and the scripts. */
let cwd: string
beforeAll(async () => {
  cwd = cli().home
  mkdirSync(join(cwd, 'certificates'))
  writeFileSync(join(cwd, 'certificates/rds.pem'), '')
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, output, errors } = await cli().run(['completion', shell])
    expect([code, errors]).toEqual([0, ''])
    writeFileSync(join(cwd, `completion.${shell}`), output)
  }
})

function inShell(shell: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { PATH: `${cli().bin}:${process.env.PATH}`, HOME: cwd, TERM: 'dumb' }
  return run(shell, [...args], { cwd, env })
}

function installed(shell: string): boolean {
  try {
    execFileSync(shell, ['--version'])
    return true
  } catch {
    return false
  }
}

const COMMANDS = ['token', 'url', 'exec', 'doctor', 'setup', 'local', 'completion', 'help']

describe('bash', () => {
  async function completed(...words: string[]): Promise<string[]> {
    const script = `
      source completion.bash; source completion.bash
      COMP_WORDS=(rds-iam "$@"); COMP_CWORD=$#
      _rds_iam; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = await inShell('bash', ['--norc', '-c', script, 'bash', ...words])
    expect(stderr).toBe('')
    return stdout.trim().split('\n')
  }

  it('gets commands, options and choices', async () => {
    expect(await completed('')).toEqual(COMMANDS)
    expect(await completed('se')).toEqual(['setup'])
    expect(await completed('setup', '--re')).toEqual(['--region', '--resource-id'])
    expect(await completed('setup', '--format', 't')).toEqual(['text', 'terraform'])
    expect(await completed('url', '--for', '=', 'my')).toEqual(['mysql', 'mysql2'])
    expect(await completed('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    // A URL, which bash takes apart.
    expect(await completed('token', 'postgres', ':', '//jane@db', ':', '5432/app', '--prof')).toEqual([
      '--profile',
    ])
  })

  it('is left to complete the names of files by itself', async () => {
    const { stdout } = await inShell('bash', ['--norc', '-c', 'source completion.bash; complete -p rds-iam'])
    expect(stdout).toBe('complete -o default -F _rds_iam rds-iam\n')
    expect(await completed('exec', '--', 'psql', '-f', '')).toEqual([''])
    expect(await completed('exec', '--', 'psql', '--h')).toEqual([''])
    expect(await completed('token', '--ca', '')).toEqual([''])
    expect(await completed('token', '--ca', '=', '')).toEqual([''])
  })
})

const withFish = (): void => {
  async function completed(line: string): Promise<string[]> {
    const { stdout, stderr } = await inShell('fish', ['-c', `source completion.fish; complete -C '${line}'`])
    expect(stderr).toBe('')
    return stdout.split('\n').flatMap((row) => row.split('\t')[0] || [])
  }

  it('gets commands, options and choices', async () => {
    expect((await completed('rds-iam ')).sort()).toEqual([...COMMANDS].sort())
    expect(await completed('rds-iam setup --format te')).toEqual(
      expect.arrayContaining(['terraform', 'text']),
    )
  })

  it('completes the names of files', async () => {
    expect(await completed('rds-iam token --ca cert')).toEqual(['certificates/'])
    expect(await completed('rds-iam exec -- psql -f certificates/r')).toEqual(['certificates/rds.pem'])
    expect(await completed('rds-iam token --host cert')).toEqual([])
  })
}

const withZsh = (): void => {
  /** Types the line and a tab in a terminal, until what is expected stands there. */
  async function shows(line: string, expected: string): Promise<string> {
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'autoload -Uz compinit; compinit -u -D; source completion.zsh; print LOAD""ED'
      zpty -r shell said '*LOADED*'
      zpty -n -w shell "$1"$'\\t'
      zpty -r shell said "*$2*"
      print -r -- "$said"
      zpty -d shell`
    return (await inShell('zsh', ['-f', '-c', script, 'zsh', line, expected])).stdout
  }

  it.each([
    ['a command', 'rds-iam setu', 'rds-iam setup '],
    ['a choice', 'rds-iam url --for pri', '--for prisma '],
    ['the name of a file after --ca', 'rds-iam token --ca cert', '--ca certificates/'],
    [
      'the name of a file after exec --',
      'rds-iam exec -- psql -f certificates/r',
      '-f certificates/rds.pem ',
    ],
  ])('completes %s', async (_, line, expected) => {
    expect(await shows(line, expected)).toContain(expected)
  })
}

describe.each([
  ['fish', /complete -c rds-iam/, withFish],
  ['zsh', /^#compdef rds-iam\n/, withZsh],
] as const)('%s', (shell, form, tests) => {
  it('gets a script', () => {
    expect(readFileSync(join(cwd, `completion.${shell}`), 'utf8')).toMatch(form)
  })

  if (installed(shell)) tests()
})
