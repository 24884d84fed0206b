// The commands, their options and their help. What a command does is loaded when it is asked for.
import { createRequire } from 'node:module'
import type { UrlReader } from '@rds-iam/core'
import { Argument, Command, Option } from 'commander'
import type { Shell } from './completion.ts'
import { UsageError } from './failure.ts'
import type { LocalFlags } from './local.ts'
import type { SetupFlags } from './setup/index.ts'
import { addTarget, engineOption, portOf, type TargetFlags, targetOf } from './target.ts'
import type { TokenOptions } from './token.ts'

const FORMATS = ['text', 'sql', 'policy', 'terraform', 'cdk', 'cli']

export interface Program {
  readonly program: Command
  /** The exit status of the command that was run. */
  status(): number
}

/** `command` is what stood after `--`. */
export function createProgram(command: readonly string[] | undefined): Program {
  let status = 0
  const program = new Command('rds-iam')
    .description(
      'IAM login to Amazon RDS and Aurora, for whatever is no ORM: psql, mysql, migrations, scripts',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // errors are told by whoever runs the program
    .addHelpText('after', example('rds-iam exec -- psql', 'rds-iam <command> --help'))

  addTarget(program.command('token'))
    .description('print a token, the password of the next 15 minutes')
    .option('--decode', 'explain a token instead: the one on stdin, else a fresh one')
    .option('--json', 'with --decode: explain it as JSON')
    .addHelpText(
      'after',
      example(
        'PGPASSWORD=$(rds-iam token --host db.abc.eu-central-1.rds.amazonaws.com --port 5432 --user jane)',
      ),
    )
    .action(async (url: string | undefined, flags: TargetFlags & TokenOptions) => {
      const { token } = await import('./token.ts')
      status = await token(targetOf(url, flags), flags)
    })

  addTarget(program.command('url'))
    .description('print a database URL that holds a token')
    .addOption(readerOption().default('prisma'))
    .addHelpText('after', example('DATABASE_URL="$(rds-iam url)" npm run migrate'))
    .action(async (url: string | undefined, flags: TargetFlags & { for: UrlReader }) => {
      const { url: print } = await import('./url.ts')
      status = await print(targetOf(url, flags), flags.for)
    })

  addTarget(program.command('exec'))
    .usage('[options] [url] -- <command...>')
    .description('run a command that finds the database, and a token, in its environment')
    .addOption(readerOption('who reads DATABASE_URL (default: told by the command)'))
    .addHelpText(
      'after',
      example(
        'rds-iam exec -- psql',
        'rds-iam exec -- npx prisma migrate deploy',
        'rds-iam exec mysql://jane@db.abc.eu-central-1.rds.amazonaws.com/app -- mysqldump app',
      ),
    )
    .action(async (url: string | undefined, flags: TargetFlags & { for?: UrlReader }) => {
      if (!command?.length) throw new UsageError('the command is missing; write it after --, as in: -- psql')
      const { exec } = await import('./exec/index.ts')
      status = await exec(targetOf(url, flags), command, flags.for)
    })

  addTarget(program.command('doctor'))
    .description('find out why a login fails')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', example('rds-iam doctor postgres://jane@db.abc.eu-central-1.rds.amazonaws.com/app'))
    .action(async (url: string | undefined, flags: TargetFlags & { json?: true }) => {
      const [{ doctor }, { takesColor }] = await Promise.all([
        import('./doctor/index.ts'),
        import('./color.ts'),
      ])
      const json = flags.json === true
      status = await doctor(targetOf(url, flags), { json, color: !json && takesColor(process.stdout) })
    })

  addTarget(program.command('setup'))
    .description('print what makes a database user ready for IAM login: SQL and an IAM policy; runs nothing')
    .option('--account <id>', 'the AWS account, 12 digits')
    .option('--resource-id <id>', 'of the instance, cluster or proxy: db-…, cluster-…, prx-…')
    .addOption(new Option('--format <format>', 'what to print').choices(FORMATS).default('text'))
    .addHelpText(
      'after',
      example(
        'rds-iam setup postgres://jane@db.abc.eu-central-1.rds.amazonaws.com/app --account 123456789012 --resource-id db-ABC',
      ),
    )
    .action(async (url: string | undefined, flags: TargetFlags & SetupFlags) => {
      const { setup } = await import('./setup/index.ts')
      status = setup(targetOf(url, flags), flags)
    })

  program
    .command('local')
    .usage('[options] [-- <command...>]')
    .description(
      'run a local RDS, a real database that admits IAM tokens only, until Ctrl-C or the end of a command',
    )
    .addOption(engineOption())
    .option('--port <number>', 'the port to listen on (default: a free one)', portOf)
    .option(
      '--upstream <url>',
      'a server that runs already; keep its password out of `ps` by RDS_IAM_UPSTREAM',
    )
    .option('--user <name>', 'who may log in; once for each (default: iam_user)', collected)
    .option('--database <name>', 'the database (default: app)')
    .option('--region <name>', 'what tokens must be signed for (default: us-east-1)')
    .addHelpText('after', example('rds-iam local -- npm test', 'rds-iam local --engine mysql --port 3306'))
    .allowExcessArguments() // for an error that says what to write
    .action(async (flags: LocalFlags, { args }: Command) => {
      if (args.length > 0)
        throw new UsageError('too many arguments; write the command after --, as in: -- npm test')
      if (command?.length === 0)
        throw new UsageError('the command after -- is missing; write it, or leave out --')
      const { local } = await import('./local.ts')
      status = await local(flags, command)
    })

  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .description('print completions for a shell to source')
    .addHelpText('after', example('echo \'eval "$(rds-iam completion bash)"\' >> ~/.bashrc'))
    .action(async (shell: Shell) => {
      const { printScript } = await import('./completion.ts')
      printScript(shell)
    })

  return { program, status: () => status }
}

/** The values of a flag that is written several times. */
function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function readerOption(description = 'who reads the URL'): Option {
  return new Option('--for <reader>', description).choices(['prisma', 'libpq', 'mysql', 'mysql2'])
}

function example(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
}

function version(): string {
  return createRequire(import.meta.url)('../package.json').version
}
