// What a target means, and where each of its values came from: for programs that explain.
import { readFileSync } from 'node:fs'
import { certificatesIn, extraCertificates } from './certificates.ts'
import { type EndpointParts, type Origins, readEndpoint } from './endpoint.ts'
import type { Origin } from './engine.ts'
import { type Problem, Problems, RdsIamError } from './errors.ts'
import { profileName } from './profile.ts'
import { readSettings } from './settings.ts'
import type { IamTarget } from './target.ts'
import { bundledRoots } from './tls.ts'
import { readTls } from './tls-options.ts'

/** A certificate that connections to a target trust as a root. */
export interface TrustedRoot {
  /** The certificate, PEM. */
  readonly pem: string
  /** `'bundle'`: Amazon's, which come with this package; else what added it. */
  readonly from: 'bundle' | 'ssl.ca' | 'sslrootcert' | 'PGSSLROOTCERT' | 'NODE_EXTRA_CA_CERTS'
}

/** What `inspectTarget()` finds. */
export interface TargetInspection {
  /** All that is wrong; empty if the target is good. */
  readonly problems: readonly Problem[]
  /** What could be read, whether or not the rest is good. */
  readonly parts: EndpointParts
  /** Where each of the parts came from. */
  readonly origins: Origins
  /** The profile of the shared AWS config that counts, should a source of credentials read it. */
  readonly profile: {
    /** `default`, where nothing names another. */
    readonly name: string
    /** What named it. */
    readonly origin: Origin
  }
  /** Whom connections trust. Empty while the region is unknown. */
  readonly roots: readonly TrustedRoot[]
}

/**
 * Reads a target and the environment as a login would, and tells what came from where. Nothing is dialled, resolved
 * or signed, and nothing is thrown: what is wrong is among `problems`.
 *
 * @example
 * ```ts
 * import { inspectTarget } from '@rds-iam/core'
 *
 * const { parts, origins } = inspectTarget({ host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com', port: 5432 })
 * console.log(parts.region, origins.region) // eu-central-1 { from: 'host' }
 * ```
 */
export function inspectTarget(target: IamTarget = {}): TargetInspection {
  const { env } = process
  const ignored = new Problems()
  const reading = readEndpoint(target, undefined, ignored, env)
  const { parts, origins, region } = reading
  const added = readTls(target, reading, env, ignored)
  return {
    problems: problemsOf(target),
    parts,
    origins,
    profile: {
      name: profileName(target.profile, env),
      origin:
        target.profile !== undefined
          ? { from: 'option' }
          : env.AWS_PROFILE
            ? { from: 'environment', name: 'AWS_PROFILE' }
            : { from: 'default' },
    },
    roots: [
      ...(region === undefined ? [] : bundledRoots(region).map((pem) => ({ pem, from: 'bundle' as const }))),
      ...added.map((pem) => ({ pem, from: adderOf(pem, target, reading.params.get('sslrootcert')) })),
    ],
  }
}

function problemsOf(target: IamTarget): readonly Problem[] {
  try {
    readSettings(target)
    return []
  } catch (error) {
    if (error instanceof RdsIamError) return error.problems
    throw error
  }
}

/** Who added a root, in the order in which they are read. */
function adderOf(pem: string, { ssl }: IamTarget, sslrootcert: string | undefined): TrustedRoot['from'] {
  const { PGSSLROOTCERT, NODE_EXTRA_CA_CERTS } = process.env
  const fromOption = [ssl?.ca ?? []].flat().flatMap((ca) => certificatesIn(Buffer.from(ca).toString()) ?? [])
  if (fromOption.includes(pem)) return 'ssl.ca'
  if (sslrootcert && holds(sslrootcert, pem)) return 'sslrootcert'
  if (PGSSLROOTCERT && holds(PGSSLROOTCERT, pem)) return 'PGSSLROOTCERT'
  if (extraCertificates(NODE_EXTRA_CA_CERTS).includes(pem)) return 'NODE_EXTRA_CA_CERTS'
  return 'sslrootcert' // which says 'system', as PGSSLROOTCERT may
}

function holds(file: string, pem: string): boolean {
  try {
    return certificatesIn(readFileSync(file, 'utf8'))?.includes(pem) ?? false
  } catch {
    return false // among the problems already, or 'system'
  }
}
