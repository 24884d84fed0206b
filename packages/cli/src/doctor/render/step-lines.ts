// What each step found, in one or a few lines.
import type { Origin } from '@rds-iam/core'
import { sourceInWords } from '@rds-iam/core/connect'
import type {
  ClockFound,
  CredentialsFound,
  DnsFound,
  Fault,
  Findings,
  LoginFound,
  OptionsFound,
  RegionFound,
  SessionFound,
  StepName,
  TcpFound,
  TlsFound,
  TokenFound,
} from '../examination.ts'
import { CLOCK_TOLERANCE_MS, clockDifference, hostBeforePort } from '../vocabulary.ts'

/** The first line contains the values, the others where they come from. */
type Lines = readonly [string, ...string[]]

export const NAMES: { readonly [name in StepName]: string } = {
  options: 'options',
  region: 'region',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  clock: 'clock',
  credentials: 'credentials',
  token: 'token',
  login: 'login',
  session: 'session',
}

export const linesOf: { readonly [name in StepName]: (found: Findings[name]) => Lines } = {
  options: optionLines,
  region: regionLines,
  dns: dnsLines,
  tcp: ({ address }: TcpFound) => [address],
  tls: tlsLines,
  clock: clockLines,
  credentials: credentialLines,
  token: tokenLines,
  login: ({ driver, ofProject }: LoginFound) => [`${driver}, from ${ofProject ? 'this project' : 'rds-iam'}`],
  session: sessionLines,
}

/** The message of a failed step, and what it found before it failed. */
export function failedLines<N extends StepName>(
  name: N,
  { code, message }: Fault,
  found: Findings[N] | undefined,
): readonly string[] {
  const told = found === undefined ? [] : linesOf[name](found)
  // The findings of these steps say everything.
  if (told.length > 0 && (name === 'clock' || name === 'credentials')) return told
  if (name === 'options') return ['wrong or missing, see below', ...told]
  // Our own messages don't need a code.
  const bare = /^(ERR_RDS_IAM\w*|[a-z-]+)$/.test(code) || message.includes(code)
  return [...`${message}${bare ? '' : ` (${code})`}`.split('\n'), ...told.slice(-1)]
}

function optionLines({ values }: OptionsFound): Lines {
  const value = Object.fromEntries(values.map(({ name, value }) => [name, value]))
  const { engine = '?', user = '?', host = '?', port = '?', database = '', via } = value
  const target = `${engine}://${user}@${hostBeforePort(host)}:${port}/${database}`
  const groups = new Map<string, string[]>()
  for (const { name, origin } of values) {
    const from = originText(origin)
    groups.set(from, [...(groups.get(from) ?? []), name])
  }
  const origins = [...groups].map(([from, names]) => `${from}: ${names.join(' ')}`)
  return [target, ...(via === undefined ? [] : [`via ${via}`]), origins.join(' · ')]
}

function originText({ from, name }: Origin): string {
  switch (from) {
    case 'option':
      return 'flags'
    case 'url':
    case 'environment':
      return name ?? 'URL'
    case 'profile':
      return `profile ${name}`
    case 'host':
      return 'the host name'
    case 'port':
    case 'driver':
    case 'default':
      return from
  }
}

const KINDS = {
  instance: 'an instance',
  writer: "a cluster's writer",
  reader: "a cluster's readers",
  custom: 'a custom endpoint of a cluster',
  proxy: 'an RDS Proxy',
  'shard-group': 'a shard group',
  'global-writer': "a global database's writer",
  dsql: 'a cluster of Aurora DSQL',
} as const

function regionLines({ region, origin, partition, kind }: RegionFound): Lines {
  const what = kind === undefined ? 'the host name is not that of an RDS endpoint' : KINDS[kind]
  return [`${region}, from ${originText(origin)}; ${what}${partition === 'aws' ? '' : `, in ${partition}`}`]
}

function dnsLines({ name, addresses, cnames }: DnsFound): Lines {
  const itself = addresses.length === 1 && addresses[0] === name
  const first = itself ? `${name} is an address` : addresses.join(', ')
  return cnames.length === 0 ? [first] : [first, `alias of ${cnames.join(' → ')}`]
}

function tlsLines({ protocol, expected, names, validUntil, issuers, root }: TlsFound): Lines {
  const holder = names.includes(expected) ? 'the host name' : names.join(', ')
  const by = root ? `${root.name} (${root.from === 'bundle' ? 'bundled' : root.from})` : issuers.at(-1)
  return [`${protocol}, signed by ${by}`, `for ${holder}, valid until ${validUntil.slice(0, 10)}`]
}

function clockLines({ aheadMs, source }: ClockFound): Lines {
  const same = Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS / 20
  return [same ? `agrees with ${source}` : `${clockDifference(aheadMs)} ${source}`]
}

function credentialLines({ keyId, source, temporary, endsAt, caller }: CredentialsFound): Lines {
  const life = temporary
    ? `temporary, ${endsAt === undefined ? 'expiry unknown' : `until ${time(endsAt)}`}`
    : 'not temporary'
  const known =
    caller.status === 'known'
      ? caller.arn
      : caller.status === 'refused'
        ? `STS: ${caller.message} (${caller.code})`
        : `STS can't say who owns them (${caller.why})`
  return [`${keyId} from ${sourceInWords(source)}, ${life}`, known]
}

function tokenLines({ host, port, user, region, keyId, signedAt, endsAt, length }: TokenFound): Lines {
  const minutes = (Date.parse(endsAt) - Date.parse(signedAt)) / 60_000
  const life = minutes === 15 ? '15 min' : `${minutes.toFixed(1)} min, until its credentials expire`
  return [
    `${user ?? 'any user but admin'} at ${hostBeforePort(host)}${port === undefined ? '' : `:${port}`}, ${region}`,
    `${time(signedAt)} to ${time(endsAt)} (${life}), signed with ${keyId}, ${length} characters`,
  ]
}

function sessionLines({ user, database, version, tls, readOnly }: SessionFound): Lines {
  return [
    `${user} on ${version}${database === undefined ? '' : `, database ${database}`}${readOnly ? ', read-only' : ''}`,
    tls ?? 'TLS ends at a proxy in front of the server',
  ]
}

/** `14:02:11Z` */
function time(iso: string): string {
  return iso.slice(11, 19).concat('Z')
}
