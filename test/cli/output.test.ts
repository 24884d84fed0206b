// What the program writes to stdout and stderr, when it ends, and which modules it loads.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { run } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'
import { listen } from '../support/listen.ts'

const URL_OF_RDS = 'postgres://jane_doe@db.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app'
const ROLE = 'arn:aws:iam::123456789012:role/login'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-seen-in-any-output' }
/** Nothing listens there. */
const NOWHERE = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_EC2_METADATA_DISABLED: 'true' }

const cli = usePackedCli()

describe('a reader that stops reading', () => {
  it('does not turn a failed doctor into a success', async () => {
    const child = cli().start(['doctor', 'postgres://jane@localhost:1/app', '--region', 'eu-west-1'], {
      env: { ...KEYS, ...NOWHERE },
    })
    child.stdin.end()
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [errors, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([code, signal, errors]).toEqual([1, null, ''])
  })
})

describe('a full disk', () => {
  it.each(['token', '--help', 'setup --format sql', 'doctor --via 127.0.0.1:1'])(
    'is reported in one line: %s',
    async (words) => {
      const args = [...words.split(' '), ...(words === '--help' ? [] : [URL_OF_RDS])]
      const env = { PATH: `${cli().bin}:${process.env.PATH}`, ...KEYS, ...NOWHERE }
      expect(await run('sh', ['-c', 'exec rds-iam "$@" > /dev/full', 'sh', ...args], { env })).toMatchObject({
        code: 1,
        output: '',
        errors: expect.stringMatching(/^rds-iam: stdout can't be written: ENOSPC.*\n$/),
      })
    },
  )
})

describe('stderr', () => {
  const token = join('home', 'web-identity')
  it.each([
    ['a role', ['--role', ROLE], KEYS],
    // Without a region in the environment, the SDK warns about its default.
    ['a web identity', [], { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: token }],
  ])('contains one line for an error, and no warning from the AWS SDK: %s', async (_, args, env) => {
    writeFileSync(join(cli().home, 'web-identity'), 'a-token-of-the-cluster')
    const { code, output, errors } = await cli().run(['token', URL_OF_RDS, ...args], {
      env: { ...NOWHERE, ...env },
      cwd: join(cli().home, '..'),
    })
    expect([code, output]).toEqual([1, ''])
    expect(errors).toMatch(
      /^rds-iam: (No AWS credentials could be resolved|The role \S+ could not be assumed): .*\n$/,
    )
  })

  it.each([{}, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'false' }])(
    'of a command is its own: its environment has what ours had of such advice, %o',
    async (advice) => {
      const env = { ...KEYS, ...advice }
      const { output } = await cli().run(
        [
          'exec',
          URL_OF_RDS,
          '--',
          'node',
          '-p',
          'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
        ],
        { env },
      )
      expect(output).toBe(`${Object.values(advice)[0]}\n`)
    },
  )
})

describe('a credential source that hangs', () => {
  it('does not keep a command from ending, and ends with it', async () => {
    const server = createServer()
    await using place = await listen(server)
    const started = once(server, 'connection')
    const [config = '', program = ''] = ['config', 'program.cjs'].map((name) => join(cli().home, name))
    writeFileSync(program, `require('node:net').connect(${place.port}, '127.0.0.1')`)
    writeFileSync(config, `[default]\ncredential_process = "${process.execPath}" "${program}"\n`)
    const env = { ...NOWHERE, AWS_CONFIG_FILE: config }
    const { code, output, errors } = await cli().run(['token', URL_OF_RDS], { env })
    expect([code, output]).toEqual([1, ''])
    expect(errors).toMatch(/^rds-iam: AWS credentials did not resolve within 10000 ms\. .*\n$/)
    await started
    await expect.poll(() => place.connections()).toBe(0) // its only one is closed
  })
})

describe('the loaded modules', () => {
  /** The loaded packages, and the number of our own loaded modules. */
  async function loadedBy(...args: string[]): Promise<{ packages: string[]; chunks: number }> {
    const file = join(cli().home, 'loaded')
    writeFileSync(file, '')
    const hook = new URL('../support/programs/loaded.mjs', import.meta.url).href
    const env = { ...KEYS, NODE_OPTIONS: `--import=${hook}`, TEST_LOADED: file }
    const { code } = await cli().run(args, { env })
    expect(code).toBe(0)
    const files = readFileSync(file, 'utf8').trim().split('\n')
    const packages = files.flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? [])
    const others = [...new Set(packages)].filter((name) => name !== 'rds-iam').sort()
    return { packages: others, chunks: new Set(files.filter((url) => /rds-iam\/dist\//.test(url))).size }
  }

  it.each([['--help'], ['doctor --help'], ['--version']])(
    'for %s is the parser of the command line, and neither an SDK, nor a driver, nor a package of ours',
    async (words) => {
      const { packages, chunks } = await loadedBy(...words.split(' '))
      expect(packages).toEqual(['commander'])
      expect(chunks).toBeGreaterThan(0)
    },
  )

  it('for a token with keys from the environment is neither an SDK, nor a driver, nor the local RDS', async () => {
    const { packages } = await loadedBy('token', URL_OF_RDS)
    expect(packages).toEqual(['@rds-iam/core', 'commander'])
  })
})
