// Fills in the defaults, and reports all wrong options at once.
import { randomBytes, randomInt } from 'node:crypto'
import type { AwsKey } from '../admission/admission.ts'
import { readEndpointHost } from './endpoint-host.ts'
import { checkSettings } from './option-checks.ts'
import type { LocalRdsOptions, Settings } from './options.ts'
import { ownFields } from './own-fields.ts'
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
] as const satisfies (keyof LocalRdsOptions)[]

/** Aurora DSQL listens on no other port, and its tokens don't contain one. */
const DSQL_PORT = 5432

/** Throws one `LocalRdsError` that names every wrong option. */
export function completeOptions(given: LocalRdsOptions): Settings {
  const problems = new Problems()
  const options = ownFields(given, '', OPTIONS, problems)
  const { engine, onVerdict } = options
  problems.expect(
    engine === 'postgres' || engine === 'mysql',
    'engine',
    engine,
    "write 'postgres' or 'mysql'",
  )
  // If the engine is wrong, check the rest as for PostgreSQL.
  const known = engine === 'mysql' ? 'mysql' : 'postgres'
  const endpoint = ownFields(options.endpoint, 'endpoint', ['host', 'port'], problems)
  const { host: named = 'localhost', port: signedPort } = endpoint
  const host = plainName(named)
  const { service, region: itsRegion } = readEndpointHost(typeof host === 'string' ? host : '')
  const isDsql = service === 'dsql'
  problems.expect(
    !(isDsql && engine === 'mysql'),
    'engine',
    engine,
    "write 'postgres': Aurora DSQL, which endpoint.host names, speaks PostgreSQL's protocol",
  )
  const upstream =
    options.upstream === undefined ? undefined : readUpstreamUrl(options.upstream, known, problems)
  const {
    host: listening = '127.0.0.1',
    port = 0,
    region = itsRegion ?? 'us-east-1',
    users = [isDsql ? 'admin' : 'iam_user'],
    database = upstream?.database ?? (isDsql ? 'postgres' : 'app'),
    keys = [randomKey()],
    now = () => Date.now(), // not Date.now itself, which a test may replace later
    authSwitchData = true,
    loginTimeoutMs = 10_000,
  } = options
  const settings: Settings = {
    engine: known,
    service,
    host: listening,
    port,
    endpoint: { host, port: signedPort === undefined && isDsql ? DSQL_PORT : signedPort },
    region,
    // The check below rejects an empty list.
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

/** The host as clients sign it: in lower case, without a trailing dot. */
function plainName(host: string): string {
  return typeof host === 'string' ? host.toLowerCase().replace(/\.$/, '') : host
}

function randomKey(): AwsKey {
  const letters = Array.from({ length: 16 }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(randomInt(32)))
  return { accessKeyId: `AKIA${letters.join('')}`, secretAccessKey: randomBytes(30).toString('base64') }
}
