// `rds-iam proxy`: local addresses that log in with IAM, the log, the health endpoint, and shutdown.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../packages/local/src/servers/server.ts'
import { outputOf } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'
import { newFolder } from '../support/folder.ts'
import { useLocalRds, verdictsOf } from '../support/rds.ts'
import { whoIs, withPart } from '../support/sessions.ts'

const HOST = 'db.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const users = ['iam_user', 'reporting']
const cli = usePackedCli()
const postgres = useLocalRds({ engine: 'postgres', users })
const mysql = useLocalRds({ engine: 'mysql', users })

/** Reads lines from a stream, one at a time. */
function linesOf(stream: Readable): () => Promise<string> {
  const lines: string[] = []
  const lined = createInterface({ input: stream }).on('line', (line) => void lines.push(line))
  return async () => {
    while (lines.length === 0) await once(lined, 'line')
    return lines.shift() ?? ''
  }
}

/** A running proxy and its output. */
class Running implements AsyncDisposable {
  readonly urls: string[] = []
  readonly log: string[] = []
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<unknown[]>
  readonly #nextLine: () => Promise<string>

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    this.#ended = once(child, 'close')
    this.#nextLine = linesOf(child.stderr)
  }

  static async start(args: readonly string[], env: Record<string, string>, count = 1): Promise<Running> {
    const child = cli().start(['proxy', ...args], { env })
    const running = new Running(child)
    const next = linesOf(child.stdout)
    const ended = running.#ended.then(async () => {
      throw new Error(`it ended: ${await running.line()}`)
    })
    ended.catch(() => {})
    while (running.urls.length < count) running.urls.push(await Promise.race([next(), ended]))
    return running
  }

  get url(): string {
    return this.urls[0] ?? ''
  }

  /** The next line of the log. */
  async line(): Promise<string> {
    const line = await this.#nextLine()
    this.log.push(line)
    return line
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#ended
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.#ended
  }
}

/** The first of two consecutive free ports. */
async function twoPorts(): Promise<number> {
  for (;;) {
    const port = await freePort()
    const next = createServer()
    const free = await new Promise<boolean>((resolve) => {
      next.once('error', () => resolve(false)).listen(port + 1, '127.0.0.1', () => resolve(true))
    })
    next.close()
    if (free) return port
  }
}

describe.each([
  ['postgres', postgres],
  ['mysql', mysql],
] as const)('on %s', (_, rds) => {
  it('prints a URL that any driver accepts, and a line for each login', async () => {
    await using proxy = await Running.start([], rds().env)
    expect(await whoIs(proxy.url)).toBe('iam_user')
    expect(await proxy.line()).toMatch(/^\d\d:\d\d:\d\d logged in iam_user at app in \d+ ms$/)
  })

  it('refuses a wrong password itself, and reports it', async () => {
    await using proxy = await Running.start([], rds().env)
    const wrong = withPart(proxy.url, 'password', 'wrong')
    const verdicts = await verdictsOf(rds(), async () => {
      await expect(whoIs(wrong)).rejects.toMatchObject(
        rds().engine === 'mysql' ? { errno: 1045 } : { code: '28P01' },
      )
    })
    expect(await proxy.line()).toMatch(
      / refused locally \(password\) iam_user: The client sent a wrong local password/,
    )
    expect(verdicts.filter(({ admitted }) => admitted)).toEqual([])
  })

  it('allows additional users that are named, and no others', async () => {
    await using proxy = await Running.start(['--user-also', 'reporting'], rds().env)
    expect(await whoIs(withPart(proxy.url, 'username', 'reporting'))).toBe('reporting')
    await proxy.line()
    await expect(whoIs(withPart(proxy.url, 'username', 'admin'))).rejects.toThrow()
    expect(await proxy.line()).toMatch(
      / refused locally \(user\) admin: This proxy logs in only as "iam_user", "reporting", not /,
    )
  })

  it("reports a rejected login with the server's error and the explanation", async () => {
    const env = { ...rds().env, AWS_SECRET_ACCESS_KEY: 'another' }
    await using proxy = await Running.start(['--log', 'json'], env)
    await expect(whoIs(proxy.url)).rejects.toThrow(/IAM login of iam_user at localhost/)
    expect(JSON.parse(await proxy.line())).toMatchObject({
      event: 'rejected',
      local: false,
      reason: 'rejected',
      user: 'iam_user',
      message: expect.stringContaining('IAM login of iam_user'),
    })
    expect(proxy.log.join('\n')).not.toMatch(/X-Amz-/)
  })
})

it('serves several databases on consecutive ports', async () => {
  const port = await twoPorts()
  const env = { ...postgres().env, DATABASE_URL: '', RDS_IAM_PROXY_PASSWORD: 'the-password-of-my-gui' }
  const args = [postgres().url, mysql().url, '--listen', `127.0.0.1:${port}`]
  await using proxy = await Running.start(args, env, 2)
  expect(proxy.urls).toEqual([
    `postgresql://iam_user:the-password-of-my-gui@127.0.0.1:${port}/app?sslmode=disable`,
    `mysql://iam_user:the-password-of-my-gui@127.0.0.1:${port + 1}/app`,
  ])
  expect(await whoIs(proxy.url)).toBe('iam_user')
  expect(await proxy.line()).toContain(postgres().url)
})

it('listens on a Unix socket, which needs no password', async () => {
  const folder = newFolder()
  await using proxy = await Running.start(['--socket', join(folder, 'pg')], postgres().env)
  expect(await readdir(join(folder, 'pg'))).toEqual(['.s.PGSQL.5432'])
  expect(await outputOf('psql', ['-XAtc', 'SELECT current_user', proxy.url])).toBe('iam_user')
  proxy.kill('SIGTERM')
  expect(await proxy.exitCode()).toBe(0)
  expect(await readdir(folder)).toEqual([])
})

describe('on shutdown', () => {
  const open = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client(url)
    client.on('error', () => {})
    await client.connect()
    return client
  }

  it('lets open sessions finish, and accepts no new ones', async () => {
    await using proxy = await Running.start(['--drain', '60'], postgres().env)
    const client = await open(proxy.url)
    await proxy.line()
    proxy.kill('SIGTERM')
    expect(await proxy.line()).toMatch(/ stopping .*waiting up to 60 s for 1 session; press Ctrl-C/)
    await expect(whoIs(proxy.url)).rejects.toThrow(/ECONNREFUSED/)
    expect((await client.query('SELECT 42 AS answer')).rows).toEqual([{ answer: 42 }])
    await client.end()
    expect(await proxy.exitCode()).toBe(0)
  })

  it.each([
    ['when their time is over', '0', []],
    ['on a second signal', '60', ['SIGINT']],
  ] as const)('closes sessions %s', async (_, drain, signals) => {
    await using proxy = await Running.start(['--drain', drain], postgres().env)
    const client = await open(proxy.url)
    await proxy.line()
    const gone = new Promise<void>((resolve) => client.once('end', resolve))
    proxy.kill('SIGTERM')
    await proxy.line()
    for (const signal of signals) proxy.kill(signal)
    await gone
    expect(await proxy.exitCode()).toBe(0)
  })
})

describe('--health', () => {
  it('reports whether a login succeeds, and counts logins', async () => {
    const port = await freePort()
    await using proxy = await Running.start(['--health', `127.0.0.1:${port}`], postgres().env)
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, await response.text()] as const
    }
    expect(await get('/livez')).toEqual([200, 'ok\n'])
    expect(await get('/readyz')).toEqual([200, 'ok\n'])
    await whoIs(proxy.url)
    await expect(whoIs(withPart(proxy.url, 'password', 'wrong'))).rejects.toThrow()
    const [, metrics] = await get('/metrics')
    for (const line of [
      /^rds_iam_proxy_connections [01]$/m,
      /^rds_iam_proxy_logins_total\{outcome="admitted"\} 1$/m,
      /^rds_iam_proxy_logins_total\{outcome="password"\} 1$/m,
      /^rds_iam_proxy_login_seconds_bucket\{le="\+Inf"\} 1$/m,
      /^rds_iam_proxy_login_seconds_count 1$/m,
      /^rds_iam_token_seconds_left\{endpoint="localhost:\d+",user="iam_user"\} (8\d\d|900)$/m,
    ])
      expect(metrics).toMatch(line)
    expect((await get('/elsewhere'))[0]).toBe(404)
  })

  it('is not ready if no login succeeds, and says why', async () => {
    const port = await freePort()
    const env = { ...postgres().env, AWS_SECRET_ACCESS_KEY: 'another' }
    await using _proxy = await Running.start(['--health', String(port)], env)
    const response = await fetch(`http://127.0.0.1:${port}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.text()).toMatch(/^PAM authentication failed for user "iam_user"/)
  })
})

describe('wrong usage causes one error per problem', () => {
  const url = `postgres://jane_doe@${HOST}/app`
  it.each<[readonly string[], RegExp]>([
    [['--listen', 'port'], /^rds-iam: --listen "port" is not an address; write host:port/],
    [['--listen', '0.0.0.0:5433'], / can be reached .* or write --dangerously-listen-on-network\n/],
    [['--max-connections', '0'], /^rds-iam: --max-connections 0 is not a number/],
    [['--socket', 'x'], /^rds-iam: --socket "x" is not an absolute path/],
    [
      ['--listen', '127.0.0.1:5433', '--socket', '/tmp/x'],
      /^rds-iam: --listen conflicts with --socket; .*\nrds-iam: see: /,
    ],
    [[url, '--via', 'x:1'], /^rds-iam: --via can't be combined with several/],
    [['--health', 'x'], /^rds-iam: --health "x" is not an address/],
  ])('%o', async (args, message) => {
    const end = await cli().run(['proxy', url, ...args])
    expect(end).toMatchObject({ code: 2, output: '', errors: expect.stringMatching(message) })
  })

  it('a weak password, which is not shown', async () => {
    const end = await cli().run(['proxy', url], { env: { RDS_IAM_PROXY_PASSWORD: 'short' } })
    expect(end).toMatchObject({ code: 2, output: '' })
    expect(end.errors).toMatch(/^rds-iam: RDS_IAM_PROXY_PASSWORD is not 8 or more(?!.*short)/)
  })

  it.each(['--listen', '--health'])('a port that is taken, by %s', async (flag) => {
    const { port } = postgres()
    const end = await cli().run(['proxy', url, flag, `127.0.0.1:${port}`])
    expect(end).toMatchObject({ code: 1, output: '' })
    expect(end.errors).toMatch(/^rds-iam: .*can't listen on 127\.0\.0\.1/i)
  })
})
