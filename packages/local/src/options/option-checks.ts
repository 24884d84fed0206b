// Checks each option, including its type, because not every caller uses TypeScript.
import { checkKeys } from './key-checks.ts'
import type { Settings } from './options.ts'
import { kindOf, type Problems } from './problems.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1
/** In bytes. */
const LONGEST_NAME = { postgres: { user: 63, database: 63 }, mysql: { user: 32, database: 64 } }

export function checkSettings(settings: Settings, problems: Problems): void {
  const { host, port, endpoint, region, keys, now, authSwitchData, loginTimeoutMs, onVerdict } = settings
  problems.expect(
    isText(host),
    'host',
    host,
    "write an address of this machine, such as '127.0.0.1' or '0.0.0.0'",
  )
  problems.expect(
    port === 0 || isPort(port),
    'port',
    port,
    'write a port from 1 to 65535, or leave it out to get a free port',
  )
  problems.expect(
    isText(endpoint.host) && /^[\w-]+(\.[\w-]+)*$/.test(endpoint.host),
    'endpoint.host',
    endpoint.host,
    "write a host name without scheme or port, such as 'mydb.abc123.eu-west-1.rds.amazonaws.com'",
  )
  problems.expect(
    endpoint.port === undefined || isPort(endpoint.port),
    'endpoint.port',
    endpoint.port,
    'write a port from 1 to 65535, or leave it out to use the listening port',
  )
  problems.expect(
    isText(region) && /^[a-z0-9-]+$/.test(region),
    'region',
    region,
    "write a region, such as 'eu-west-1'",
  )
  checkNames(settings, problems)
  if (Array.isArray(keys)) checkKeys(keys, problems)
  else if (typeof keys !== 'function')
    problems.note(
      'keys',
      kindOf(keys),
      'write a list of keys, or a function that takes an ID and returns a key',
    )
  problems.expect(
    typeof now === 'function',
    'now',
    now,
    'write a function that returns milliseconds since the epoch',
  )
  problems.expect(
    typeof authSwitchData === 'boolean',
    'authSwitchData',
    authSwitchData,
    'write true or false',
  )
  problems.expect(
    Number.isInteger(loginTimeoutMs) && loginTimeoutMs > 0 && loginTimeoutMs <= LONGEST_TIMER_MS,
    'loginTimeoutMs',
    loginTimeoutMs,
    `write a whole number of milliseconds from 1 to ${LONGEST_TIMER_MS}`,
  )
  problems.expect(
    onVerdict === undefined || typeof onVerdict === 'function',
    'onVerdict',
    onVerdict,
    'write a function',
  )
}

function checkNames({ engine, users, database }: Settings, problems: Problems): void {
  const longest = LONGEST_NAME[engine]
  const isName = (name: unknown, length: number): boolean =>
    // Init files end a name at a line break, start-up packets at a NUL; half a surrogate pair can't be encoded.
    isText(name) && Buffer.byteLength(name) <= length && !/\p{Cc}/u.test(name) && name.isWellFormed()
  problems.expect(
    Array.isArray(users) && users.length > 0 && users.every((user) => isName(user, longest.user)),
    'users',
    users,
    `write a list of at least one user, each of 1 to ${longest.user} bytes of Unicode without control characters`,
  )
  if (Array.isArray(users))
    problems.expect(new Set(users).size === users.length, 'users', users, 'write each user once')
  if (engine === 'postgres' && Array.isArray(users)) {
    problems.expect(
      !users.some((user) => typeof user === 'string' && /^(pg_.*|postgres|rds_iam|public|none)$/i.test(user)),
      'users',
      users,
      'choose other names: postgres, rds_iam, public, none and names that begin with pg_ are reserved',
    )
  }
  problems.expect(
    isName(database, longest.database),
    'database',
    database,
    `write a name of 1 to ${longest.database} bytes of Unicode without control characters`,
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65535
}
