// What options, URL and environment say about TLS: weakenings are refused, certificates are read.
import { readFileSync } from 'node:fs'
import { certificatesIn, extraCertificates, isInDate } from './certificates.ts'
import type { EndpointReading } from './endpoint.ts'
import type { Environment } from './engine.ts'
import { type Problems, reasonOf, shown } from './errors.ts'
import { nodeTls } from './node-modules.ts'
import type { IamTarget } from './target.ts'
import { bundleUrl, hasRoots } from './tls.ts'

/** Parameters of a URL's query that are about TLS; no driver gets to see them. */
export const TLS_PARAMS: ReadonlySet<string> = new Set([
  'ssl',
  'sslmode',
  'ssl-mode',
  'sslaccept',
  'sslrootcert',
  'sslcert',
  'ssl-ca',
  'enableCleartextPlugin', // mysql2's: a token is sent by a plugin of ours, which looks at the connection first
])

/** The parameters that name a file of roots: libpq's, Prisma's (RDS knows no client certificates), MySQL's. */
const ROOT_FILES = ['sslrootcert', 'sslcert', 'ssl-ca']

/** Modes that encrypt, of libpq and MySQL. Each gets full verification, which is what we do anyway. */
const ENCRYPTING = /^(prefer|preferred|require|required|verify[-_]ca|verify[-_]full|verify[-_]identity)$/i

const WHY_TLS = 'RDS takes IAM tokens over TLS only; leave it out'
const WHY_VERIFY = 'any server could take the token; leave it out, and pass a private CA as ssl.ca'

/** Refuses what weakens TLS; returns the certificates to trust besides Amazon's. */
export function readTls(
  target: IamTarget,
  { endpoint, engine, params, region }: EndpointReading,
  env: Environment,
  problems: Problems,
): string[] {
  const unverified = target.dangerouslySkipServerVerification === true
  refuseWeakModes(engine === 'postgres' ? env.PGSSLMODE : undefined, params, unverified, problems)
  const added = [
    ...readSsl(target.ssl, unverified, problems),
    ...ROOT_FILES.flatMap((name) => rootFile(`${name} (from the URL)`, params.get(name), problems)),
    ...rootFile('PGSSLROOTCERT', engine === 'postgres' ? env.PGSSLROOTCERT : undefined, problems),
    ...extraCertificates(env.NODE_EXTRA_CA_CERTS),
  ]
  const covered = unverified || added.some(isInDate) || endpoint?.kind === 'proxy'
  if (region !== undefined && !covered && !hasRoots(region)) {
    problems.add(
      'ssl.ca',
      `is needed: the bundled RDS roots don't cover ${region}; pass the text of ${bundleUrl(region)}`,
    )
  }
  return added
}

function refuseWeakModes(
  fromEnv: string | undefined,
  params: ReadonlyMap<string, string>,
  unverified: boolean,
  problems: Problems,
): void {
  const mode = params.get('sslmode') ?? params.get('ssl-mode')
  if (mode !== undefined) refuseMode('sslmode (from the URL)', mode, unverified, problems)
  else if (fromEnv) refuseMode('PGSSLMODE', fromEnv, unverified, problems)
  const ssl = params.get('ssl') ?? ''
  if (/^(false|0|off|no|disable)$/i.test(ssl))
    problems.add('ssl (from the URL)', `${shown(ssl)} switches TLS off; ${WHY_TLS}`)
  if (/^no-verify$|"rejectUnauthorized"\s*:\s*false/i.test(ssl) && !unverified)
    problems.add('ssl (from the URL)', `${shown(ssl)} lets anyone pass for the server: ${WHY_VERIFY}`)
  const accept = params.get('sslaccept') ?? '' // Prisma's
  if (/^accept_invalid_certs$/i.test(accept) && !unverified) {
    problems.add(
      'sslaccept (from the URL)',
      `${shown(accept)} lets anyone pass for the server: ${WHY_VERIFY}`,
    )
  }
}

function refuseMode(option: string, mode: string, unverified: boolean, problems: Problems): void {
  if (ENCRYPTING.test(mode) || (mode === 'no-verify' && unverified)) return
  if (mode === 'no-verify')
    problems.add(option, `${shown(mode)} lets anyone pass for the server: ${WHY_VERIFY}`)
  else problems.add(option, `${shown(mode)} allows a connection without TLS; ${WHY_TLS}`)
}

function readSsl(ssl: unknown, unverified: boolean, problems: Problems): string[] {
  if (ssl === undefined || ssl === true) return []
  if (ssl === false) problems.add('ssl', `false switches TLS off; ${WHY_TLS}`)
  else if (typeof ssl !== 'object' || ssl === null)
    problems.add('ssl', `${shown(ssl)} is not known; write { ca }, or leave it out`)
  const { ca = [], rejectUnauthorized, ...others }: Record<string, unknown> = Object(ssl)
  if (rejectUnauthorized === false && !unverified) {
    problems.add('ssl.rejectUnauthorized', `false lets anyone pass for the server: ${WHY_VERIFY}`)
  }
  for (const name of Object.keys(others))
    problems.add(`ssl.${name}`, 'is not taken: TLS is set up for you; leave it out')
  return [ca].flat().flatMap((pem) => {
    const text = pem instanceof Uint8Array ? Buffer.from(pem).toString() : pem
    const found = typeof text === 'string' ? certificatesIn(text) : undefined
    return (
      found ??
      problems.add(
        'ssl.ca',
        "holds no PEM certificate; write a file's text (readFileSync(path)), not its path",
      ) ??
      []
    )
  })
}

function rootFile(option: string, file: string | undefined, problems: Problems): readonly string[] {
  if (!file) return []
  if (file === 'system') return nodeTls().rootCertificates // libpq: the public CAs
  try {
    const found = certificatesIn(readFileSync(file, 'utf8'))
    return (
      found ?? problems.add(option, `${shown(file)} holds no PEM certificate; name a file that does`) ?? []
    )
  } catch (error) {
    const reason = reasonOf(error)
    return problems.add(option, `${shown(file)} can't be read (${reason}); name a file that can`) ?? []
  }
}
