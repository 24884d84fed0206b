// Completes the options, and finds every fault in them at once.
import { randomBytes, randomInt } from 'node:crypto'
import type { AwsKey } from './admission.ts'
import { checkSettings } from './option-checks.ts'
import type { LocalRdsOptions, Settings } from './options.ts'
import { Problems } from './problems.ts'
import { readUpstreamUrl } from './upstream-url.ts'

const OPTIONS = [
  'engine',
  'host',
  'port',
  'endpoint',
  'region',
  'users',
  'database',
  'keys',
  'now',
  'upstream',
  'authSwitchData',
  'loginTimeoutMs',
  'onVerdict',
] satisfies (keyof LocalRdsOptions)[]

/** Throws one `LocalRdsError` for all that is wrong. */
export function completeOptions(options: LocalRdsOptions): Settings {
  const problems = new Problems()
  for (const [name, value] of Object.entries(options ?? {})) {
    problems.expect(
      (OPTIONS as string[]).includes(name),
      name,
      value,
      `there is no such option; there are ${OPTIONS.join(', ')}`,
    )
  }
  const { engine, onVerdict } = options ?? {}
  problems.expect(
    engine === 'postgres' || engine === 'mysql',
    'engine',
    engine,
    "write 'postgres' or 'mysql'",
  )
  // With a bad engine, the rest is checked as if it were the other one.
  const known = engine === 'mysql' ? 'mysql' : 'postgres'
  const upstream =
    options?.upstream === undefined ? undefined : readUpstreamUrl(options.upstream, known, problems)
  const {
    host = '127.0.0.1',
    port = 0,
    endpoint = {},
    region = regionIn(endpoint?.host) ?? 'us-east-1',
    users = ['iam_user'],
    database = upstream?.database ?? 'app',
    keys = [randomKey()],
    now = () => Date.now(), // not Date.now itself: a test may fake it later
    authSwitchData = true,
    loginTimeoutMs = 10_000,
  } = options ?? {}
  const settings: Settings = {
    engine: known,
    host,
    port,
    endpoint: { host: plainName(endpoint?.host ?? 'localhost'), port: endpoint?.port },
    region,
    // There is one at least, or this object goes no further: it is checked below.
    users: users as Settings['users'],
    database,
    keys,
    now,
    upstream,
    authSwitchData,
    loginTimeoutMs,
    onVerdict,
  }
  checkSettings(settings, problems)
  problems.throwIfAny()
  return settings
}

/** As clients sign it: a name is the same in capitals, and with the dot of the root at its end. */
function plainName(host: string): string {
  return typeof host === 'string' ? host.toLowerCase().replace(/\.$/, '') : host
}

/** `eu-central-1` of `db.c9akciq32rgh.eu-central-1.rds.amazonaws.com`. */
function regionIn(host: unknown): string | undefined {
  return /\.([a-z]+(?:-[a-z]+)+-\d+)\.rds\.amazonaws\./i.exec(String(host))?.[1]?.toLowerCase()
}

function randomKey(): AwsKey {
  const letters = Array.from({ length: 16 }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(randomInt(32)))
  return { accessKeyId: `AKIA${letters.join('')}`, secretAccessKey: randomBytes(30).toString('base64') }
}
