// The commands, their options and their help. The code of a command is loaded when it runs.
import { createRequire } from 'node:module'
import { Command, Option } from 'commander'
import type { LocalFlags } from './commands/local/local-options.ts'
import type { ProxyFlags } from './commands/proxy/proxy-options.ts'
import { FORMATS } from './commands/setup/formats.ts'
import type { SetupFlags } from './commands/setup/index.ts'
import type { TokenOptions } from './commands/token.ts'
import { UsageError } from './failure.ts'
import { addTarget, countOf, engineOption, portOf, type TargetFlags, targetOf } from './target.ts'

export interface Program {
  readonly program: Command
  /** The exit status of the command that ran. */
  status(): number
}

/** `command` contains the words after `--`. */
export function createProgram(command: readonly string[] | undefined): Program {
  let status = 0
  const program = new Command('rds-iam')
    .description('IAM login to Amazon RDS and Aurora from the command line')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // run.ts prints errors
    .addHelpText(
      'after',
      example('rds-iam exec -- psql', 'rds-iam proxy --listen 5433', 'rds-iam <command> --help'),
    )

  addTarget(program.command('token'))
    .description('print a token, valid as a password for 15 minutes')
    .option(
      '--decode',
      'explain a token instead of printing it: a new one, or with - as the URL, the one on stdin',
    )
    .option('--json', 'with --decode: print the explanation as JSON')
    .addHelpText(
      'after',
      example(
        'PGPASSWORD=$(rds-iam token --host db.abc.eu-central-1.rds.amazonaws.com --port 5432 --user jane)',
        'pbpaste | rds-iam token --decode -',
      ),
    )
    .action(async (url: string | undefined, flags: TargetFlags & TokenOptions) => {
      const { STDIN, token } = await import('./commands/token.ts')
      status = await token(url === STDIN ? STDIN : targetOf(url, flags), flags)
    })

  addTarget(program.command('exec'))
    .usage('[options] [url] -- <command...>')
    .description(
      'run a command with DATABASE_URL, PGHOST and so on set to a local proxy that logs in with IAM',
    )
    .addHelpText(
      'after',
      example(
        'rds-iam exec -- psql',
        'rds-iam exec -- npx prisma migrate deploy',
        'rds-iam exec mysql://jane@db.abc.eu-central-1.rds.amazonaws.com/app -- mysqldump app',
      ),
    )
    .action(async (url: string | undefined, flags: TargetFlags) => {
      if (!command?.[0])
        throw new UsageError('the command is missing; write it after --, for example: -- psql')
      const { exec } = await import('./commands/exec.ts')
      status = await exec(targetOf(url, flags), command)
    })

  addTarget(program.command('proxy'), '[urls...]')
    .description('listen on a local port, and log in with IAM for any program that takes a password')
    .option('--listen <address>', 'the address to listen on: host:port or port (default: a free port)')
    .option('--socket <path>', "listen on a Unix socket: PostgreSQL's folder or MySQL's path")
    .option('--user-also <name>', 'another database user who may log in; repeat it for more', collected)
    .option(
      '--max-connections <number>',
      'the maximum number of sessions at a time (default: no limit)',
      countOf,
    )
    .option('--health <address>', 'serve /livez, /readyz and /metrics at this address')
    .addOption(new Option('--log <format>', 'the format of the log on stderr').choices(['text', 'json']))
    .option('--drain <seconds>', 'how long sessions may continue after Ctrl-C or SIGTERM', countOf, 10)
    .option('--dangerously-listen-on-network', 'allow an address that other machines can reach')
    .addHelpText(
      'after',
      `
The proxy prints a URL for each database. Its password is new at each start, unless RDS_IAM_PROXY_PASSWORD sets it.
${example(
  'rds-iam proxy postgres://jane@db.abc.eu-central-1.rds.amazonaws.com/app --listen 5433',
  'rds-iam proxy mysql://jane@db.abc.eu-central-1.rds.amazonaws.com/app --socket /run/user/1000/mysql.sock',
)}`,
    )
    .action(async (urls: readonly string[], flags: TargetFlags & ProxyFlags) => {
      const { proxy } = await import('./commands/proxy/index.ts')
      status = await proxy(urls, flags)
    })

  addTarget(program.command('doctor'))
    .description('find out why a login fails')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', example('rds-iam doctor postgres://jane@db.abc.eu-central-1.rds.amazonaws.com/app'))
    .action(async (url: string | undefined, flags: TargetFlags & { json?: true }) => {
      const [{ doctor }, { takesColor }] = await Promise.all([
        import('./doctor/index.ts'),
        import('./process/color.ts'),
      ])
      const json = flags.json === true
      status = await doctor(targetOf(url, flags), { json, color: !json && takesColor(process.stdout) })
    })

  addTarget(program.command('setup'))
    .description('print the SQL and the IAM policy that prepare a database user for IAM login; runs nothing')
    .option('--account <id>', 'the AWS account ID, 12 digits')
    .option(
      '--resource-id <id>',
      'the resource ID of the instance, cluster or proxy: db-…, cluster-… or prx-…',
    )
    .addOption(new Option('--format <format>', 'what to print').choices(FORMATS).default('text'))
    .addHelpText(
      'after',
      example(
        'rds-iam setup postgres://jane@db.abc.eu-central-1.rds.amazonaws.com/app --account 123456789012 --resource-id db-ABC',
      ),
    )
    .action(async (url: string | undefined, flags: TargetFlags & SetupFlags) => {
      const { setup } = await import('./commands/setup/index.ts')
      status = setup(targetOf(url, flags), flags)
    })

  program
    .command('local')
    .usage('[options] [-- <command...>]')
    .description(
      'run a local RDS, a real database that accepts only IAM tokens, until Ctrl-C or the end of a command',
    )
    .addOption(engineOption("the server to run (default: the upstream's, else postgres)"))
    .option('--port <number>', 'the port to listen on (default: a free one)', portOf)
    .option('--endpoint <host[:port]>', 'the RDS endpoint to simulate (default: localhost)')
    .option(
      '--upstream <url>',
      'a running server to use; set RDS_IAM_UPSTREAM instead to hide its password from `ps`',
    )
    .option('--user <name>', 'a user who may log in; repeat it for more users (default: iam_user)', collected)
    .option('--database <name>', 'the database (default: app)')
    .option('--region <name>', "the region of tokens (default: the endpoint's, else us-east-1)")
    .option('--session', 'use the keys of a session, as roles have, with a long session token')
    .option('--json', 'print the environment and each verdict as JSON')
    .addHelpText(
      'after',
      example(
        'rds-iam local -- npm test',
        'rds-iam local --engine mysql --port 3306',
        'rds-iam local --endpoint db.abc.eu-central-1.rds.amazonaws.com:5432 -- npm test',
      ),
    )
    .allowExcessArguments() // replaced by our own error, which says what to write
    .action(async (flags: LocalFlags, { args }: Command) => {
      if (args.length > 0)
        throw new UsageError('too many arguments; write the command after --, for example: -- npm test')
      if (command && !command[0])
        throw new UsageError('the command after -- is missing; write it, or leave out --')
      const { local } = await import('./commands/local/index.ts')
      status = await local(flags, command)
    })

  return { program, status: () => status }
}

/** Collects the values of a repeated flag. */
function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function example(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
}

function version(): string {
  return createRequire(import.meta.url)('../package.json').version
}
