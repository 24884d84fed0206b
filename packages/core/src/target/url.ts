// Splits a database URL into the fields of a target and the parameters of its query.
import { type Origin, type Phrase, shown } from '../errors.ts'
import type { Problems } from '../problems.ts'
import type { Engine } from './target.ts'

export interface UrlParts {
  /** Where the URL came from. */
  from: Origin
  engine: Engine | undefined
  host: string | undefined
  port: string | undefined
  user: string | undefined
  database: string | undefined
  /** The other parameters in the query. Drivers take those they know. */
  params: Map<string, string>
  /** Whether parts are missing because they could not be read. That problem is reported on its own. */
  broken: boolean
}

/** Of a URL that could not be read. */
export const NO_URL: Omit<UrlParts, 'from'> = {
  engine: undefined,
  host: undefined,
  port: undefined,
  user: undefined,
  database: undefined,
  params: new Map(),
  broken: true,
}

const ENGINES: ReadonlyMap<string, Engine> = new Map([
  ['postgres:', 'postgres'],
  ['postgresql:', 'postgres'],
  ['mysql:', 'mysql'],
  ['mysql2:', 'mysql'],
  ['mariadb:', 'mysql'],
])

/** Reads `url`; `from` is where it came from, for the problems. */
export function parseUrl(url: string | URL, from: Origin, problems: Problems): UrlParts {
  const parts: UrlParts = { ...NO_URL, from, params: new Map(), broken: false }
  const fail = (seen: string, instead: Phrase): undefined =>
    problems.add({ option: 'url', from, seen, instead })
  const parsed = parse(url)
  if (!parsed) {
    const found = typeof url === 'string' || url instanceof URL ? masked(`${url}`) : url
    const said = found === undefined ? '' : `${shown(found)} `
    fail(`${said}is not a URL`, 'write postgres://user@host:port/database')
    return { ...NO_URL, from }
  }
  const decode = (part: string, text: string): string | undefined => {
    try {
      return decodeURIComponent(text) || undefined
    } catch {
      parts.broken = true
      return fail(`${part} ${shown(text)} has a % that encodes nothing`, 'write % as %25')
    }
  }

  parts.engine = ENGINES.get(parsed.protocol)
  if (!parts.engine) fail(`scheme ${shown(parsed.protocol)} is not known`, 'write postgres:// or mysql://')
  const ofProxy = parsed.password !== '' && LOOPBACK.test(parsed.hostname)
  if (parsed.password !== '') fail('contains a password', ofProxy ? NO_PROXY : NO_PASSWORD)
  parts.host = decode('host', parsed.hostname)
  parts.port = parsed.port || undefined
  parts.user = decode('user', parsed.username)
  parts.database = decode('database', parsed.pathname.slice(1))
  for (const [name, value] of parsed.searchParams) {
    // libpq also takes the address from the query (postgres:///db?host=…&user=…), which overrides the rest.
    if (name === 'host' || name === 'port' || name === 'user') parts[name] = value
    else if (name === 'dbname') parts.database = value
    else if (name === 'hostaddr' || name === 'socket')
      fail(`parameter ${name} is not supported`, ['write that address as ', { option: 'via' }])
    else if (name === 'password') fail('contains a password as a parameter', NO_PASSWORD)
    else parts.params.set(name, value)
  }
  // Of the URL of our proxy, nothing else is worth a problem: all of it is to be replaced.
  return ofProxy ? { ...NO_URL, from } : parts
}

const NO_PASSWORD = 'remove it: an IAM login uses a token instead'
const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/
const NO_PROXY =
  'write the URL of the RDS endpoint instead; if this is the URL of a proxy of rds-iam, pass it to the driver unchanged'

function parse(url: string | URL): URL | undefined {
  try {
    const parsed = new URL(url)
    // `jane:hunter2@host` has the scheme jane, and no host.
    if (!/^[^:]+:\/\//.test(parsed.href)) return undefined
    // `//jane:7?hunter2@host` has the host jane, and the port 7.
    const split = parsed.username === '' && parsed.port !== '' && /@/.test(parsed.pathname + parsed.search)
    return split ? undefined : parsed
  } catch {
    return undefined
  }
}

/** What a URL says, for `parseUrl()` to read the same again. */
export interface UrlContent {
  readonly engine: Engine
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
  readonly database: string | undefined
  readonly params: Iterable<[name: string, value: string]>
}

export function printUrl({ engine, host, port, user, password, database = '', params }: UrlContent): string {
  const login = [user, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':')
  const name = host.includes(':') ? `[${host.replace('%', '%25')}]` : host // % begins the zone of an address
  // A plus is a space to some readers and a plus to libpq.
  const query = new URLSearchParams(params).toString().replaceAll('+', '%20')
  const scheme = engine === 'mysql' ? 'mysql' : 'postgresql'
  return `${scheme}://${login}@${name}:${port}/${encodeURIComponent(database)}${query && `?${query}`}`
}

/** Text that isn't a URL, without what may be a password; undefined if that may be anywhere. */
function masked(text: string): string | undefined {
  const [, scheme = '', login = '', rest = ''] = /^([\w+.-]+:\/\/|[\w.-]*$)(.*@)?(.*)$/s.exec(text) ?? []
  if (scheme === '') return undefined
  // `scheme://jane:hunter2` lacks its host, and the password is where a port would be.
  const place = rest.replace(/\?.*/s, '?…').replace(/:(?!\d{0,5}(?:[/?]|$)).*/s, ':…')
  return `${scheme}${login.replace(/:.*@$/s, ':…@')}${place}`
}
