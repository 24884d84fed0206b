import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { type ChildOptions, type Ended, outputOf } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'
import { useLocalRds } from '../support/rds.ts'

const TUNNELLED = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const MYSQL_URL = `mysql://jane_doe@${TUNNELLED}/app`

const cli = usePackedCli()
const postgres = useLocalRds({ engine: 'postgres' })
const mysql = useLocalRds({ engine: 'mysql' })

const all: Ended[] = []
async function run(args: readonly string[], options?: ChildOptions): Promise<Ended> {
  const end = await cli().run(args, options)
  all.push(end)
  return end
}

/** Keys that no server knows, which are enough to sign. */
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-seen-in-any-output' }

afterAll(() => {
  const secrets = [postgres(), mysql()].map(({ env }) => env.AWS_SECRET_ACCESS_KEY ?? '')
  for (const { output, errors } of all) {
    for (const secret of [...secrets, KEYS.AWS_SECRET_ACCESS_KEY])
      expect(output + errors).not.toContain(secret)
    expect(errors).not.toContain('X-Amz-')
    // Nothing here is a terminal, so expect no colours.
    expect(output + errors).not.toContain('\u001b')
  }
})

describe('rds-iam token', () => {
  it('prints only a token, which psql logs in with', async () => {
    const { code, output, errors } = await run(['token'], { env: postgres().env })
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(output).toMatch(/^localhost:\d+\/\?Action=connect&\S+\n$/)
    const { host, port } = postgres()
    const address = `host=localhost hostaddr=${host} port=${port} user=iam_user dbname=app`
    const database = `${address} sslmode=verify-full sslrootcert=${postgres().caFile}`
    const env = { PGPASSWORD: output.trim() }
    expect(await outputOf('psql', ['-XAtc', 'SELECT 42', database], { env })).toBe('42')
  })

  it('takes the target from a URL, from flags, and from the environment', async () => {
    const url = `postgres://jane_doe@${TUNNELLED}/app`
    const flags = ['--engine', 'postgres', '--host', TUNNELLED, '--user', 'jane_doe']
    const env = { PGHOST: TUNNELLED, PGUSER: 'jane_doe' }
    const ways = [
      await run(['token', '--decode', '--json', url], { env: KEYS }),
      await run(['token', '--decode', '--json', ...flags], { env: KEYS }),
      await run(['token', '--decode', '--json'], { env: { ...KEYS, ...env } }),
    ]
    for (const { code, output } of ways) {
      expect(code).toBe(0)
      expect(JSON.parse(output)).toMatchObject({
        endpoint: `${TUNNELLED}:5432`,
        user: 'jane_doe',
        region: 'eu-central-1',
        keyId: 'AKIA…MPLE',
        temporary: false,
      })
    }
  })

  it('explains the token on stdin, and never shows its signature', async () => {
    const { output: token } = await cli().run(['token'], { env: mysql().env })
    const { code, output, errors } = await run(['token', '--decode', '-'], { input: token })
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(output).toMatch(
      /^endpoint +localhost:\d+\nuser +iam_user\nregion +us-east-1\nkey ID +AKIA….{4}\nissued +\S+Z\nends +\S+Z\nseconds left +\d+\n$/,
    )
    expect(output).not.toContain(/Signature=(\w+)/.exec(token)?.[1])
  })
})

describe('rds-iam', () => {
  const commands = ['token', 'exec', 'proxy', 'doctor', 'setup', 'local']

  it.concurrent.each(commands)('has help for %s, with an example', async (command) => {
    const { code, output, errors } = await run([command, '--help'])
    expect([code, errors]).toEqual([0, ''])
    expect(output).toContain(`Usage: rds-iam ${command} `)
    expect(output).toMatch(/Examples?:\n {2}\$ .*rds-iam/)
  })

  it('prints its version', async () => {
    const { output } = await run(['--version'])
    expect(output).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.concurrent.each<[string, string[], RegExp]>([
    ['no command', [], /^rds-iam: a command is missing\n/],
    ['an unknown command', ['tokn'], /unknown command 'tokn' \(Did you mean token\?\)/],
    [
      'a question about an unknown command',
      ['help', 'tokn'],
      /unknown command 'tokn' \(Did you mean token\?\)/,
    ],
    ['an unknown command with --help', ['tokn', '--help'], /^rds-iam: unknown command 'tokn'/],
    ['an unknown option', ['token', '--hots', 'x'], /unknown option '--hots' \(Did you mean --host\?\)/],
    ['a second URL', ['token', 'postgres://a@b', 'c'], /too many arguments/],
    ['a value that is not one of the choices', ['proxy', '--log', 'xml'], /Allowed choices are text, json/],
    ['an invalid port', ['token', '--port', '70000'], /'70000' is invalid\. Write a whole number/],
    [
      'no target',
      ['token'],
      /^rds-iam: --engine .*\nrds-iam: --host is missing; .*\nrds-iam: --user is missing; /,
    ],
    ['a URL with a password', ['token', 'postgres://u:hunter2@h/d'], /^rds-iam: URL contains a password; /],
    ['a missing file', ['token', '--ca', '/nowhere.pem'], /--ca can't be read: .*nowhere\.pem/],
    ['no command to run', ['exec', 'psql'], /the command is missing; write it after --/],
    [
      'an invalid resource',
      ['setup', MYSQL_URL, '--resource-id', 'db'],
      /--resource-id "db" is not a resource ID; it begins with db-; find it with: /,
    ],
  ])('treats %s as wrong usage', async (_, args, reason) => {
    const { code, output, errors } = await run(args)
    expect([code, output]).toEqual([2, ''])
    expect(errors).toMatch(reason)
    expect(errors).toMatch(/\nrds-iam: see: rds-iam (\w+ )?--help\n$/)
    expect(errors).not.toContain('hunter2')
  })

  it('reports missing credentials in one line', async () => {
    const env = { AWS_EC2_METADATA_DISABLED: 'true' }
    const { code, output, errors } = await run(['token', MYSQL_URL], { env })
    expect([code, output]).toEqual([1, ''])
    expect(errors).toMatch(
      /^rds-iam: No AWS credentials could be resolved: .+ Sources tried, in this order: .+\n$/,
    )
  })

  it.each([[['--help']], [['token', MYSQL_URL]]])(
    'ends quietly if no one reads the output of %s',
    async (args) => {
      const child = cli().start(args, { env: KEYS })
      child.stdout.destroy()
      child.stdin.end()
      const [errors, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
      expect([code, signal, errors]).toEqual([0, null, ''])
    },
  )

  it('leaves nothing behind', async () => {
    expect(await readdir(cli().temporary)).toEqual([])
  })
})
