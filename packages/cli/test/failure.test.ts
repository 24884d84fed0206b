import { inspectTarget, optionsError } from '@rds-iam/core'
import { CommanderError } from 'commander'
import { describe, expect, it, vi } from 'vitest'
import { failureOf, UsageError } from '../src/failure.ts'
import { createProgram } from '../src/program.ts'
import { targetOf } from '../src/target.ts'

describe('a failure', () => {
  it.each<[string, unknown, string[], number]>([
    ['that is not an error', 'gone', ['gone'], 1],
    ['with several lines', new Error('none:\n  - a\n  - b\n'), ['none: a; b'], 1],
    [
      'with a list and text after it',
      new Error('Install one:\n  Debian: apt-get it\n  macOS:  brew it\nor name it.'),
      ['Install one: Debian: apt-get it; macOS: brew it; or name it.'],
      1,
    ],
    ['of usage', new UsageError('a is missing', 'b is missing'), ['a is missing', 'b is missing'], 2],
    [
      'of words',
      new CommanderError(1, 'commander.x', "error: unknown option '-x'"),
      ["unknown option '-x'"],
      2,
    ],
    ['that is a success', new CommanderError(0, 'commander.version', '1.0.0'), [], 0],
  ])('%s has its lines and its status', async (_, error, lines, status) => {
    expect(await failureOf(error)).toMatchObject({ lines, status })
  })

  it.each([
    ['exec', [], 'the command is missing; write it after --, for example: -- psql'],
    ['exec', [''], 'the command is missing; write it after --, for example: -- psql'],
    ['local', [], 'the command after -- is missing; write it, or leave out --'],
    ['local', [''], 'the command after -- is missing; write it, or leave out --'],
  ])('of %s without a command shows where to write it', async (name, command, message) => {
    const { program } = createProgram(command)
    const running = program.parseAsync([name], { from: 'user' })
    await expect(running).rejects.toThrow(new UsageError(message))
  })

  it('of local with a command but without -- shows where to write it', async () => {
    const { program } = createProgram(undefined)
    const running = program.parseAsync(['local', '--user', 'jane_doe', 'npm', 'test'], { from: 'user' })
    await expect(running).rejects.toThrow(
      new UsageError('too many arguments; write the command after --, for example: -- npm test'),
    )
  })

  it.each([
    ['/dev/null', /^--ca contains no PEM certificate; write --ca ca\.pem, with a file that contains one$/],
    [undefined, /^--ca is missing, .* ca-west-1; download https:\S+, and write --ca ca-west-1-bundle\.pem$/],
  ])('about roots asks for a file: --ca %s', async (ca, line) => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const url = 'postgres://jane_doe@db.c9akciq32rgh.ca-west-1.rds.amazonaws.com/app'
    const { problems } = inspectTarget(targetOf(url, ca === undefined ? {} : { ca }))
    expect((await failureOf(optionsError(problems))).lines).toContainEqual(expect.stringMatching(line))
  })

  it('about a file with roots names the flag', () => {
    expect(() => targetOf(undefined, { ca: '/nowhere/ca.pem' })).toThrow(
      new UsageError("--ca can't be read: ENOENT: no such file or directory, open '/nowhere/ca.pem'"),
    )
  })
})
