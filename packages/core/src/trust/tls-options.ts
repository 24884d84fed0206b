// Reads the TLS options, URL parameters and variables: refuses what weakens TLS, and reads certificates.
import { readFileSync } from 'node:fs'
import { type OptionReference, type Origin, type Phrase, shown } from '../errors.ts'
import { reasonOf } from '../foreign-error.ts'
import { nodeTls } from '../node-modules.ts'
import type { Problems } from '../problems.ts'
import type { EndpointReading } from '../target/endpoint.ts'
import { OPTION } from '../target/engine.ts'
import { type Environment, variable } from '../target/environment.ts'
import { isOptions, ownOptions } from '../target/own-options.ts'
import type { IamTarget } from '../target/target.ts'
import { certificatesIn, extraCertificates, isElsewhere, isInDate, isReadable } from './certificates.ts'
import { bundleUrl, hasRoots, type TrustedRoot } from './trust-store.ts'

/** The URL's parameters about TLS. Drivers don't get them. */
export const TLS_PARAMS: ReadonlySet<string> = new Set([
  'ssl',
  'sslmode',
  'ssl-mode',
  'sslaccept',
  'sslrootcert',
  'sslcert',
  'ssl-ca',
  'sslidentity', // Prisma's client certificate, which RDS doesn't ask for, and its password
  'sslpassword',
  'enableCleartextPlugin', // mysql2's: our plugin sends the token instead, after it has checked the connection
])

/** The parameters that name a file of roots: libpq's, Prisma's (RDS has no client certificates), MySQL's. */
const ROOT_FILES = ['sslrootcert', 'sslcert', 'ssl-ca']

/** Modes of libpq and MySQL that encrypt. All of them get full verification. */
const ENCRYPTING = /^(prefer|preferred|require|required|verify[-_]ca|verify[-_]full|verify[-_]identity)$/i
/** Modes that may not encrypt. */
const PLAIN = /^(disable|disabled|allow)$/i

/** The user's certificates, from a file. */
const OWN_CA: OptionReference = { option: 'ssl.ca', file: 'ca.pem' }

/** A TLS setting, and where it came from. */
interface Setting {
  readonly option: string
  readonly from: Origin
  /** In a message, before the value. */
  readonly label?: string
  readonly value: unknown
}

/** Refuses what weakens TLS, and returns the certificates to trust in addition to the built-in roots. */
export function readTls(
  target: IamTarget,
  { kind, engine, params, urlFrom, region }: EndpointReading,
  env: Environment,
  problems: Problems,
): TrustedRoot[] {
  const unverified = target.dangerouslySkipServerVerification === true
  const inUrl = (name: string): Setting => ({
    option: 'url',
    from: urlFrom,
    label: `${name} `,
    value: params.get(name),
  })
  const inEnv = (option: string, name: string): Setting => ({
    option,
    from: { from: 'environment', name },
    value: engine === 'postgres' ? variable(env, name) : undefined,
  })
  const modes = [inUrl('sslmode'), inUrl('ssl-mode'), inEnv('sslmode', 'PGSSLMODE')]
  const mode = modes.find(({ value }) => value !== undefined)
  if (mode) refuseMode(mode, unverified, problems)
  if (params.has('ssl')) refuseSsl(inUrl('ssl'), unverified, problems)
  const accept = inUrl('sslaccept') // Prisma's
  const accepted = params.get('sslaccept')?.toLowerCase()
  if (accepted === 'accept_invalid_certs') refuseUnverified(accept, unverified, problems)

  // The writer of a global database may move to another region.
  const home = kind === 'global-writer' ? undefined : region
  const given: TrustedRoot[] = [
    ...rootsFrom('ssl.ca', readSsl(target.ssl, home, unverified, problems)),
    ...ROOT_FILES.flatMap((name) => rootsFrom('sslrootcert', rootFile(inUrl(name), home, problems))),
    ...rootsFrom('PGSSLROOTCERT', rootFile(inEnv('sslrootcert', 'PGSSLROOTCERT'), home, problems)),
    ...rootsFrom('NODE_EXTRA_CA_CERTS', extraCertificates(variable(env, 'NODE_EXTRA_CA_CERTS'))),
  ]
  const added = given.filter(({ pem }) => !isElsewhere(pem, home))
  const covered = unverified || kind === 'proxy' || kind === 'dsql' || hasRoots(region ?? '')
  if (region !== undefined && !covered && !added.some(({ pem }) => isInDate(pem))) {
    const bundle = { option: 'ssl.ca', file: `${region}-bundle.pem` }
    const what =
      given.length === 0 ? 'is missing' : 'contains only expired certificates or roots of other regions'
    problems.add({
      option: 'ssl.ca',
      seen: `${what}, and the built-in RDS roots do not cover ${region}`,
      instead: [`download ${bundleUrl(region)}, and write `, bundle],
    })
  }
  return added
}

function rootsFrom(from: TrustedRoot['from'], pems: readonly string[]): TrustedRoot[] {
  return pems.map((pem) => ({ pem, from }))
}

function refuseMode(setting: Setting, unverified: boolean, problems: Problems): void {
  const mode = String(setting.value)
  if (ENCRYPTING.test(mode)) return
  if (mode === 'no-verify') refuseUnverified(setting, unverified, problems)
  else if (PLAIN.test(mode)) refusePlain(setting, 'allows a connection without TLS', problems)
  else refuse(setting, 'is not known', 'write verify-full, or leave it out', problems)
}

/** In a URL: a word, or mysql2's JSON. */
function refuseSsl(setting: Setting, unverified: boolean, problems: Problems): void {
  const ssl = String(setting.value)
  if (/^(false|0|off|no|disable)$/i.test(ssl)) refusePlain(setting, 'switches TLS off', problems)
  if (/^no-verify$|"rejectUnauthorized"\s*:\s*false/i.test(ssl))
    refuseUnverified(setting, unverified, problems)
}

function refusePlain(setting: Setting, what: string, problems: Problems): void {
  refuse(setting, what, 'leave it out: RDS accepts IAM tokens over TLS only', problems)
}

function refuseUnverified(setting: Setting, unverified: boolean, problems: Problems): void {
  const instead = ['leave it out; if a private CA signed the server, write ', OWN_CA]
  if (!unverified) refuse(setting, 'lets any server take the token', instead, problems)
}

function refuse(
  { option, from, label = '', value }: Setting,
  what: string,
  instead: Phrase,
  problems: Problems,
): undefined {
  return problems.add({ option, from, seen: `${label}${shown(value)} ${what}`, instead })
}

function readSsl(ssl: unknown, home: string | undefined, unverified: boolean, problems: Problems): string[] {
  if (ssl === undefined || ssl === true) return []
  const setting = (option: string, value: unknown): Setting => ({ option, from: OPTION, value })
  if (ssl === false) refusePlain(setting('ssl', ssl), 'switches TLS off', problems)
  else if (!isOptions(ssl)) {
    const instead = 'leave it out: TLS is always on, and the RDS roots are built in'
    refuse(setting('ssl', ssl), 'is not an object', instead, problems)
  }
  if (!isOptions(ssl)) return []
  const { ca = [], rejectUnauthorized = true, ...others }: Record<string, unknown> = ownOptions(ssl)
  const verify = setting('ssl.rejectUnauthorized', rejectUnauthorized)
  if (rejectUnauthorized === false) refuseUnverified(verify, unverified, problems)
  else if (rejectUnauthorized !== true) refuse(verify, 'is not true', 'leave it out', problems)
  for (const name of Object.keys(others)) {
    const instead = ['remove it: ', { option: 'ssl' }, ' takes ca only, and the rest is set up for you']
    problems.add({ option: `ssl.${name}`, seen: 'is not an option', instead })
  }
  return [ca].flat().flatMap((pem) => {
    const instead = ['write ', OWN_CA, ', with a file that contains one']
    return (
      certificatesOf(pem, home) ??
      problems.add({ option: 'ssl.ca', seen: 'contains no PEM certificate', instead }) ??
      []
    )
  })
}

/** The certificates in an `ssl.ca`; undefined if it contains none, or one that can't be read. */
function certificatesOf(pem: unknown, home: string | undefined): string[] | undefined {
  const text = pem instanceof Uint8Array ? Buffer.from(pem).toString() : pem
  return typeof text === 'string' ? readableIn(text, home) : undefined
}

function readableIn(text: string, home: string | undefined): string[] | undefined {
  const certificates = certificatesIn(text)
  const needed = certificates.filter((pem) => !isElsewhere(pem, home))
  return certificates.length > 0 && needed.every(isReadable) ? certificates : undefined
}

function rootFile(setting: Setting, home: string | undefined, problems: Problems): readonly string[] {
  const { value: file } = setting
  if (typeof file !== 'string' || file === '') return []
  if (file === 'system') return nodeTls().rootCertificates // libpq: the public CAs
  const fail = (what: string): readonly string[] =>
    refuse(setting, what, 'name a file that contains PEM certificates', problems) ?? []
  try {
    return readableIn(readFileSync(file, 'utf8'), home) ?? fail('contains no PEM certificate')
  } catch (error) {
    return fail(`cannot be read (${reasonOf(error)})`)
  }
}
