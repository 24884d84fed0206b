// The values of a target, and where each of them came from: for programs that explain a target.
import { readSettings } from '../connect/settings.ts'
import { type Origin, type Problem, RdsIamError } from '../errors.ts'
import { Problems } from '../problems.ts'
import { type EndpointParts, type Origins, readEndpoint } from '../target/endpoint.ts'
import { type Environment, variable } from '../target/environment.ts'
import { isOptions, ownOptions } from '../target/own-options.ts'
import { profileName } from '../target/profile.ts'
import type { IamTarget } from '../target/target.ts'
import { isReadable } from '../trust/certificates.ts'
import { readTls } from '../trust/tls-options.ts'
import { bundledRoots, type TrustedRoot } from '../trust/trust-store.ts'

/** What `inspectTarget()` finds. */
export interface TargetInspection {
  /** Everything that is wrong with the target; empty if nothing is. */
  readonly problems: readonly Problem[]
  /** The values that could be read, even if others are wrong. */
  readonly parts: EndpointParts
  /** Where each value came from. */
  readonly origins: Origins
  /** The profile in the shared AWS config that a source of credentials would read. */
  readonly profile: {
    /** `default`, unless another is named. */
    readonly name: string
    /** What named it. */
    readonly origin: Origin
  }
  /** The certificates that connections trust. Empty if the region is unknown. */
  readonly roots: readonly TrustedRoot[]
}

/**
 * Reads a target and the environment as a login would, and returns where each value came from. It doesn't connect,
 * resolve credentials or sign, and doesn't throw: `problems` contains what is wrong.
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
  const own: IamTarget = isOptions(target) ? ownOptions(target) : {}
  const ignored = new Problems()
  const reading = readEndpoint(own, ignored, env)
  const { parts, origins, region, kind } = reading
  const added = readTls(own, reading, env, ignored)
  return {
    problems: problemsOf(target),
    parts,
    origins,
    profile: { name: profileName(own.profile, env), origin: originOfProfile(own, env) },
    roots: [
      ...(region === undefined
        ? []
        : bundledRoots({ region, kind }).map((pem) => ({ pem, from: 'bundle' as const }))),
      ...added.filter(({ pem }) => isReadable(pem)),
    ],
  }
}

function originOfProfile({ profile }: IamTarget, env: Environment): Origin {
  if (profile !== undefined) return { from: 'option' }
  const name = 'AWS_PROFILE'
  return variable(env, name) === undefined ? { from: 'default' } : { from: 'environment', name }
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
