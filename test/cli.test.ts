import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { type Ended, ended, type RunOptions, usePackedCli } from './cli.ts'
import { byNpm } from './cli-install.ts'
import { useLocalRds, verdictsOf } from './rds.ts'

const TUNNELLED = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const MYSQL_URL = `mysql://jane_doe@${TUNNELLED}/app`

const cli = usePackedCli(byNpm)
const postgres = useLocalRds({ engine: 'postgres' })
const KEY = { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey: 'seen-by-the-gate-alone' }
const LONG_SESSION = { ...KEY, accessKeyId: 'ASIAIOSFODNN7EXAMPLE', sessionToken: 'IQoJ/+='.repeat(600) }
const mysql = useLocalRds({ engine: 'mysql', keys: [KEY, LONG_SESSION] })
/** An RDS endpoint by its name, at the end of a tunnel. */
const tunnelled = useLocalRds({
  engine: 'postgres',
  endpoint: { host: TUNNELLED, port: 5432 },
  region: 'eu-central-1',
})

const all: Ended[] = []
async function run(args: readonly string[], options?: RunOptions): Promise<Ended> {
  const end = await cli().run(args, options)
  all.push(end)
  return end
}

/** With keys that no server knows; enough to sign. */
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-seen-in-any-output' }

afterAll(() => {
  const secrets = [postgres(), mysql(), tunnelled()].map(({ env }) => env.AWS_SECRET_ACCESS_KEY ?? '')
  for (const { output, errors } of all) {
    for (const secret of [...secrets, KEYS.AWS_SECRET_ACCESS_KEY])
      expect(output + errors).not.toContain(secret)
    expect(errors).not.toContain('X-Amz-')
    // No colour: nothing here is a terminal.
    expect(output + errors).not.toContain('\u001b')
  }
})

describe('rds-iam token', () => {
  it('prints a token alone, with which psql logs in', async () => {
    const { code, output, errors } = await run(['token'], { env: postgres().env })
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(output).toMatch(/^localhost:\d+\/\?Action=connect&\S+\n$/)
    const { host, port } = postgres()
    const address = `host=localhost hostaddr=${host} port=${port} user=iam_user dbname=app`
    const { stdout } = await promisify(execFile)(
      'psql',
      ['-XAtc', 'SELECT 42', `${address} sslmode=verify-full sslrootcert=${postgres().caFile}`],
      { env: { PATH: process.env.PATH, PGPASSWORD: output.trim() } },
    )
    expect(stdout).toBe('42\n')
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
    const { code, output, errors } = await run(['token', '--decode'], { input: token })
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(output).toMatch(
      /^endpoint +localhost:\d+\nuser +iam_user\nregion +us-east-1\nkey id +AKIA….{4}\nissued +\S+Z\nends +\S+Z\nseconds left +\d+\n$/,
    )
    expect(output).not.toContain(/Signature=(\w+)/.exec(token)?.[1])
  })

  it('does not show what was taken for a token', async () => {
    const { code, output, errors } = await run(['token', '--decode'], { input: 'hunter2' })
    expect([code, output]).toEqual([2, ''])
    expect(errors).not.toContain('hunter2')
  })
})

describe('rds-iam url', () => {
  it('prints a URL with which psql logs in', async () => {
    const { output, errors } = await cli().run(['url', '--for', 'libpq'], { env: postgres().env })
    expect(errors).toBe('')
    const { stdout } = await promisify(execFile)('psql', ['-XAtc', 'SELECT current_user', output.trim()])
    expect(stdout).toBe('iam_user\n')
  })

  it.each([
    ['prisma', /^mysql:\/\/jane_doe:\S+@\S+:3306\/app\?sslcert=\S+&sslaccept=strict\n$/],
    ['mysql', /^mysql:\/\/jane_doe:\S+@\S+:3306\/app\?ssl-mode=VERIFY_IDENTITY&ssl-ca=\S+\n$/],
  ])('prints one for %s', async (reader, form) => {
    const { code, output } = await cli().run(['url', '--for', reader, MYSQL_URL], { env: KEYS })
    expect(code).toBe(0)
    expect(output).toMatch(form)
  })
})

describe('rds-iam exec', () => {
  it('runs psql', async () => {
    const verdicts = await verdictsOf(postgres(), async () => {
      const query = ['psql', '-XAtc', 'SELECT current_user, current_database()']
      const { code, output, errors } = await run(['exec', '--', ...query], { env: postgres().env })
      expect([code, output, errors]).toEqual([0, 'iam_user|app\n', ''])
    })
    expect(verdicts).toMatchObject([{ admitted: true }])
  })

  it('runs psql through a tunnel, which is dialled while the endpoint is verified', async () => {
    const { env, port } = tunnelled()
    const args = ['--via', `localhost:${port}`, '--', 'psql', '-XAtc', 'SELECT 1']
    const { code, output, errors } = await run(['exec', `postgres://iam_user@${TUNNELLED}/app`, ...args], {
      env: { ...env, DATABASE_URL: '' },
    })
    expect([code, output, errors]).toEqual([0, '1\n', ''])
  })

  it('runs mariadb, whatever the user has in ~/.my.cnf', async () => {
    await writeFile(
      join(cli().home, '.my.cnf'),
      '[client]\nuser=root\npassword=other\nhost=db.example\nskip-ssl\n[mysql]\nskip-column-names\n',
    )
    const { code, output, errors } = await run(
      ['exec', '--', 'mariadb', '-e', 'SELECT user(), database(); SHOW STATUS LIKE "Ssl_cipher"'],
      { env: mysql().env },
    )
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(output).toMatch(/^iam_user@\S+\tapp\nSsl_cipher/)
  })

  it('hands mariadb the token in a private file, which is gone afterwards, and not as an argument', async () => {
    const look = 'system set -- $(ps -o args= -p $PPID) && echo "$*" && ls -l $(echo "$2" | cut -d= -f2)'
    const { output, errors } = await run(['exec', '--', 'mariadb', '-e', look], { env: mysql().env })
    expect(errors).toBe('')
    const file = /^mariadb --defaults-file=(\S+) /.exec(output)?.[1] ?? ''
    expect(file.startsWith(cli().temporary)).toBe(true)
    expect(output).toMatch(/^-rw------- /m)
    expect(output).not.toContain('X-Amz')
    expect(existsSync(file)).toBe(false)
  })

  it('runs mariadb with a token that is too long for such a file', async () => {
    const { accessKeyId, sessionToken } = LONG_SESSION
    const env = { ...mysql().env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SESSION_TOKEN: sessionToken }
    const { code, output, errors } = await run(['exec', '--', 'mariadb', '-Ne', 'SELECT 1'], { env })
    expect([code, output, errors]).toEqual([0, '1\n', ''])
  })

  it.each([
    ['psql', postgres, ['-Xc', 'SELECT 1'], /certificate verify failed/],
    ['mariadb', mysql, ['-e', 'SELECT 1'], /[Cc]ertificate|TLS|SSL/],
  ] as const)('lets no server that %s does not trust have the token', async (program, rds, args, reason) => {
    const verdicts = await verdictsOf(rds(), async () => {
      const { env } = rds()
      const { code, errors } = await run(['exec', '--', program, ...args], {
        env: { ...env, NODE_EXTRA_CA_CERTS: '' },
      })
      expect(code).toBeGreaterThan(0)
      expect(errors).toMatch(reason)
    })
    expect(verdicts).toMatchObject([{ reason: 'tls-failed' }])
  })

  it.each([
    [
      'PostgreSQL',
      postgres,
      { PGSERVICE: 'elsewhere', PGHOSTADDR: '192.0.2.1' },
      {
        DATABASE_URL: /^postgresql:\/\/iam_user:.*sslmode=verify-full/,
        PGHOST: /^localhost$/,
        PGPORT: /^\d+$/,
        PGUSER: /^iam_user$/,
        PGDATABASE: /^app$/,
        PGPASSWORD: /^localhost:\d+\/\?Action=connect/,
        PGSSLMODE: /^verify-full$/,
        PGSSLROOTCERT: /\.pem$/,
      },
    ],
    [
      'MySQL',
      mysql,
      { MYSQL_PWD: 'other' },
      {
        DATABASE_URL: /^mysql:\/\/iam_user:.*ssl-mode=VERIFY_IDENTITY/,
        MYSQL_HOST: /^localhost$/,
        MYSQL_TCP_PORT: /^\d+$/,
        MYSQL_USER: /^iam_user$/,
        MYSQL_DATABASE: /^app$/,
        LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN: /^1$/,
      },
    ],
  ] as const)(
    'sets what the clients of %s read, and nothing that leads elsewhere',
    async (_, rds, others, wanted) => {
      const print = `console.log(JSON.stringify(process.env))`
      const env = { ...rds().env, ...others }
      const { output } = await cli().run(['exec', '--', 'node', '-e', print], { env })
      const seen: Record<string, string> = JSON.parse(output)
      const ours = Object.entries(seen).filter(([name]) => /^(PG|MYSQL|LIBMYSQL|DATABASE)/.test(name))
      expect(ours.map(([name]) => name).sort()).toEqual(Object.keys(wanted).sort())
      for (const [name, form] of Object.entries(wanted)) expect(seen[name]).toMatch(form)
    },
  )

  it('ends with the status of the command', async () => {
    const { code, errors } = await run(['exec', '--', 'node', '-e', 'process.exit(7)'], {
      env: postgres().env,
    })
    expect([code, errors]).toEqual([7, ''])
  })

  it('passes a signal on, and leaves it to the command how to end', async () => {
    const program = `process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('ready')`
    const child = cli().start(['exec', '--', 'node', '-e', program], { env: postgres().env })
    const end = ended(child)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await end).toMatchObject({ code: 5, signal: null })
  })

  it('ends by the signal that ended the command', async () => {
    const program = `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`
    const { code, signal } = await run(['exec', '--', 'node', '-e', program], { env: postgres().env })
    expect([code, signal]).toEqual([null, 'SIGTERM'])
  })

  it('says that there is no such command, with the status that a shell gives', async () => {
    const { code, errors } = await run(['exec', '--', 'no-such-program'], { env: postgres().env })
    expect([code, errors]).toEqual([
      127,
      'rds-iam: no-such-program is not found; install it, or write its path\n',
    ])
  })
})

describe('rds-iam doctor', () => {
  /** Nobody listens there: what AWS can't be asked is left out. */
  const nobody = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }

  it.each([
    ['postgres', () => postgres()],
    ['mysql', () => mysql()],
  ])('logs in from an empty folder, with the driver that it brings: %s', async (_, rds) => {
    const { code, output, errors } = await run(['doctor'], {
      env: { ...rds().env, ...nobody },
      cwd: cli().home,
    })
    expect(errors).toBe('')
    expect(output).toMatch(
      /^✓ options [\s\S]*\n✓ clock .* that of the server\n[\s\S]*\n✓ login .* of rds-iam\n/,
    )
    expect(output).toMatch(/\nThe login succeeded\.\n$/)
    expect(code).toBe(0)
  })

  it('has succeeded, too, where nobody reads on', async () => {
    const child = cli().start(['doctor'], { env: { ...postgres().env, ...nobody } })
    child.stdin.end()
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect(await once(child, 'close')).toEqual([0, null])
  })
})

describe('rds-iam', () => {
  const commands = ['token', 'url', 'exec', 'doctor', 'setup', 'local', 'completion']

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
    ['an unknown option', ['token', '--hots', 'x'], /unknown option '--hots' \(Did you mean --host\?\)/],
    ['a second URL', ['token', 'postgres://a@b', 'c'], /too many arguments/],
    [
      'a value that is none of the choices',
      ['url', '--for', 'pg'],
      /Allowed choices are prisma, libpq, mysql, mysql2/,
    ],
    ['a port that is none', ['token', '--port', '70000'], /'70000' is invalid\. Write a whole number/],
    [
      'no target',
      ['token'],
      /^rds-iam: --engine .*\nrds-iam: --host is missing; .*\nrds-iam: --user is missing; /,
    ],
    ['a URL with a password', ['token', 'postgres://u:hunter2@h/d'], /^rds-iam: URL holds a password; /],
    ['a file that is not there', ['url', '--ca', '/nowhere.pem'], /--ca can't be read: .*nowhere\.pem/],
    ['no command to run', ['exec', 'psql'], /the command is missing; write it after --/],
    ['a tunnel where none can be told', ['exec', MYSQL_URL, '--via', 'x', '--', 'mysql'], /^rds-iam: --via /],
    [
      'a resource that is none',
      ['setup', MYSQL_URL, '--resource-id', 'db'],
      /--resource-id "db" is none; write/,
    ],
    ['a shell that is not known', ['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  ])('takes %s for wrong usage', async (_, args, reason) => {
    const { code, output, errors } = await run(args)
    expect([code, output]).toEqual([2, ''])
    expect(errors).toMatch(reason)
    expect(errors).toMatch(/\nrds-iam: see: rds-iam (\w+ )?--help\n$/)
    expect(errors).not.toContain('hunter2')
  })

  it('tells in one line that there are no credentials', async () => {
    const env = { AWS_EC2_METADATA_DISABLED: 'true' }
    const { code, output, errors } = await run(['token', MYSQL_URL], { env })
    expect([code, output]).toEqual([1, ''])
    expect(errors).toMatch(
      /^rds-iam: No AWS credentials could be resolved: .+ Sources tried, in this order: .+\n$/,
    )
  })

  it.each([[['--help']], [['url', MYSQL_URL]]])(
    'ends quietly when nobody reads what %s prints',
    async (args) => {
      const child = cli().start(args, { env: KEYS })
      child.stdout.destroy()
      child.stdin.end()
      const [errors, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
      expect([code, signal, errors]).toEqual([0, null, ''])
    },
  )

  it('leaves nothing behind but the trusted certificates', async () => {
    const left = await readdir(cli().temporary)
    expect(left.filter((name) => !/^rds-iam-\w+$/.test(name))).toEqual([])
  })
})
