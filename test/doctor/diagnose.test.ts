// The doctor from code, as a Lambda function calls it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Aws, startAws } from '../support/aws.ts'
import { run, typescript } from '../support/child.ts'
import { inNetwork, NETWORK } from '../support/dns.ts'
import { useLocalRds } from '../support/rds.ts'

const rds = useLocalRds({ engine: 'postgres' })
let aws: Aws
beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws.stop())

/** The output without the times, which differ in each run. */
function comparable(json: string): unknown {
  return JSON.parse(json, (key, value) => (/ms$|At$/i.test(key) ? undefined : value))
}

/** Runs `diagnose()` in a program, and `doctor --json`. */
function both(env: Readonly<Record<string, string>>, target?: { url: string }) {
  const all = {
    ...rds().env,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_STS: aws.url,
    AWS_ENDPOINT_URL_RDS: 'http://127.0.0.1:1',
    NODE_OPTIONS: `--import ${NETWORK}`,
    NODE_NO_WARNINGS: '1',
    ...inNetwork({}),
    ...env,
  }
  const program = typescript('test/support/programs/diagnose.ts')
  const args = target ? [JSON.stringify(target)] : []
  const doctor = ['packages/cli/dist/bin.mjs', 'doctor', '--json', ...(target ? [target.url] : [])]
  return Promise.all([
    run(process.execPath, [...program, ...args], {
      env: { ...all, TSX_TSCONFIG_PATH: 'examples/tsconfig.json' },
    }),
    run(process.execPath, doctor, { env: all }),
  ])
}

it.each([
  { login: 'succeeds', env: {} },
  { login: 'is rejected', env: { AWS_SECRET_ACCESS_KEY: 'not the one of this key' } },
])('returns what --json prints, and starts no process, when the login $login', async ({ env }) => {
  const [called, told] = await both(env)
  expect(called).toMatchObject({ code: 0, errors: '' })
  expect(comparable(called.output)).toEqual(comparable(told.output))
  expect(comparable(told.output)).toMatchObject({ ok: Object.keys(env).length === 0 })
})

it('examines the target that it is given', async () => {
  const url = rds().env.DATABASE_URL ?? ''
  const [called, told] = await both({ DATABASE_URL: '', PGHOST: '', PGUSER: '', PGDATABASE: '' }, { url })
  expect(called).toMatchObject({ code: 0, errors: '' })
  expect(comparable(called.output)).toEqual(comparable(told.output))
  expect(comparable(told.output)).toMatchObject({ ok: true })
})
