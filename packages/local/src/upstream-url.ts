// Reads the URL of a server that runs already.
import type { Upstream } from './options.ts'
import type { Problems } from './problems.ts'

const SCHEMES = { postgres: ['postgres:', 'postgresql:'], mysql: ['mysql:', 'mariadb:'] }
const PORTS = { postgres: 5432, mysql: 3306 }

export interface UpstreamUrl extends Upstream {
  database: string | undefined
}

export function readUpstreamUrl(
  given: unknown,
  engine: 'postgres' | 'mysql',
  problems: Problems,
): UpstreamUrl | undefined {
  const form = `write ${engine}://user:password@host:port/database`
  const url = parse(given)
  if (url === undefined) {
    // Nothing of it is shown: what does not parse may hold a password anywhere.
    problems.note('upstream', 'not a URL', form)
    return undefined
  }
  if (!SCHEMES[engine].includes(url.protocol))
    problems.note('upstream', masked(url), `${form}, as \`engine\` is ${engine}`)
  else if (url.hostname === '') problems.note('upstream', masked(url), `it names no host; ${form}`)
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || PORTS[engine],
      user: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)) || undefined,
    }
  } catch {
    problems.note('upstream', masked(url), 'write a % in a user, password or database as %25')
    return undefined
  }
}

function parse(given: unknown): URL | undefined {
  if (given instanceof URL) return given
  return typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined
}

function masked(url: URL): string {
  if (url.host === '') return `${url.protocol}…` // what follows may be anything
  const copy = new URL(url)
  if (copy.password) copy.password = '***'
  copy.search = ''
  copy.hash = ''
  return copy.href
}
