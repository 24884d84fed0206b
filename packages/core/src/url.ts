// A database URL taken apart into the fields of a target and the parameters of its query.
import { type Problems, shown } from './errors.ts'
import type { Engine } from './target.ts'

export interface UrlParts {
  engine: Engine | undefined
  host: string | undefined
  port: string | undefined
  user: string | undefined
  database: string | undefined
  /** What the query holds besides; drivers take what they know. */
  params: Map<string, string>
  /** Whether parts are missing because they could not be read, which is a problem of its own. */
  broken: boolean
}

const NOTHING = {
  engine: undefined,
  host: undefined,
  port: undefined,
  user: undefined,
  database: undefined,
  broken: false,
}

const ENGINES: ReadonlyMap<string, Engine> = new Map([
  ['postgres:', 'postgres'],
  ['postgresql:', 'postgres'],
  ['mysql:', 'mysql'],
  ['mysql2:', 'mysql'],
  ['mariadb:', 'mysql'],
])

/** Reads `url`; `option` is where it came from, for the problems. */
export function parseUrl(url: string | URL, option: string, problems: Problems): UrlParts {
  const parts: UrlParts = { ...NOTHING, params: new Map() }
  const parsed = parse(url)
  if (!parsed) {
    const found = typeof url === 'string' || url instanceof URL ? masked(`${url}`) : url
    const said = found === undefined ? '' : `${shown(found)} `
    problems.add(option, `${said}is no URL; write postgres://user@host:port/database`)
    return { ...parts, broken: true }
  }
  const decode = (part: string, text: string): string | undefined => {
    try {
      return decodeURIComponent(text) || undefined
    } catch {
      parts.broken = true
      return problems.add(option, `its ${part} ${shown(text)} has a % that encodes nothing; write % as %25`)
    }
  }

  parts.engine = ENGINES.get(parsed.protocol)
  if (!parts.engine)
    problems.add(option, `scheme ${shown(parsed.protocol)} is not known; write postgres:// or mysql://`)
  // `rds-iam exec` writes a token there, for programs that know no better; a fresh one takes its place.
  if (parsed.password !== '' && !isToken(parsed.password))
    problems.add(option, 'holds a password; an IAM login has none, so remove it')
  parts.host = decode('host', parsed.hostname)
  parts.port = parsed.port || undefined
  parts.user = decode('user', parsed.username)
  parts.database = decode('database', parsed.pathname.slice(1))
  for (const [name, value] of parsed.searchParams) {
    // libpq lets the query hold the address too (postgres:///db?host=…&user=…), and there the query wins.
    if (name === 'host' || name === 'port' || name === 'user') parts[name] = value
    else if (name === 'dbname') parts.database = value
    else if (name === 'hostaddr')
      problems.add(
        option,
        'its hostaddr is not read; write that address as via, and the port of the endpoint',
      )
    else if (name === 'password')
      problems.add(option, 'its query holds a password; an IAM login has none, so remove it')
    else parts.params.set(name, value)
  }
  return parts
}

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

function isToken(password: string): boolean {
  return /Action(=|%3D)connect/i.test(password) && /X-Amz-Signature(=|%3D)/i.test(password)
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

/** Text that is no URL, without what may be a password; undefined if that may be anywhere. */
function masked(text: string): string | undefined {
  const [, scheme = '', login = '', rest = ''] = /^([\w+.-]+:\/\/|[\w.-]*$)(.*@)?(.*)$/s.exec(text) ?? []
  if (scheme === '') return undefined
  // `scheme://jane:hunter2` lacks its host, and the password stands where a port would.
  const place = rest.replace(/\?.*/s, '?…').replace(/:(?!\d{0,5}(?:[/?]|$)).*/s, ':…')
  return `${scheme}${login.replace(/:.*@$/s, ':…@')}${place}`
}
