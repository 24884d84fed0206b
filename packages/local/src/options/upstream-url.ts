// Reads the URL of a server that is already running.
import type { Phrase } from '../errors.ts'
import type { Upstream } from './options.ts'
import type { Problems } from './problems.ts'

const SCHEMES = { postgres: ['postgres:', 'postgresql:'], mysql: ['mysql:', 'mariadb:'] }
const PORTS = { postgres: 5432, mysql: 3306 }
/** How libpq's, Prisma's and MySQL's URLs ask for a connection without TLS. The gate connects without TLS. */
const HONOURED = new Set(['sslmode=disable', 'ssl=false', 'ssl=0', 'ssl-mode=DISABLED'])
/** Parameter names that may be shown. Any other may be part of a password that contains a question mark. */
const SHOWN =
  /^(ssl[a-z-]*|connect[a-z_]*|host|hostaddr|port|user|password|dbname|schema|pool_timeout|options)$/

export interface UpstreamUrl extends Upstream {
  database: string | undefined
}

export function readUpstreamUrl(
  given: unknown,
  engine: 'postgres' | 'mysql',
  problems: Problems,
): UpstreamUrl | undefined {
  const form = `write ${engine}://user:password@host:port/database`
  const note = (seen: string, instead: Phrase): undefined =>
    problems.note('upstream', seen, instead) as undefined
  const url = parse(given)
  // Don't show a text that doesn't parse, or that only seems to: it may contain a password anywhere.
  if (url === undefined) return note('is not a URL', form)
  if (/@/.test(`${url.pathname}${url.search}${url.hash}`)) {
    return note('has an @ after its host', `${form}, with / ? # @ in a password as %2F %3F %23 %40`)
  }
  if (!SCHEMES[engine].includes(url.protocol))
    return note(masked(url), [`${form}, because `, { option: 'engine' }, ` is ${engine}`])
  if (url.hostname === '') return note(`${masked(url)} has no host`, form)
  if (url.hostname.includes('%'))
    return note(`${masked(url)} is a socket`, 'write the host and port of the server')
  if (url.port === '0') return note(masked(url), 'write a port from 1 to 65535')
  for (const [name, value] of url.searchParams) {
    if (HONOURED.has(`${name}=${value}`)) continue
    const shown = SHOWN.test(name) ? `the parameter ${name}` : 'a parameter'
    note(`${masked(url)} has ${shown}, which has no effect here`, 'remove it; the gate connects without TLS')
  }
  if (url.hash !== '') note(`${masked(url)} has a fragment`, 'remove it, or write a # in a password as %23')
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || PORTS[engine],
      user: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)) || undefined,
    }
  } catch {
    return note(masked(url), 'write a % in a user, password or database as %25')
  }
}

function parse(given: unknown): URL | undefined {
  if (given instanceof URL) return given
  return typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined
}

function masked(url: URL): string {
  if (url.host === '') return `${url.protocol}…` // the rest may contain a password
  const copy = new URL(url)
  if (copy.password) copy.password = '***'
  copy.search = ''
  copy.hash = ''
  return copy.href
}
