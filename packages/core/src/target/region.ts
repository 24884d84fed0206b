// The AWS region of an endpoint: named by an option, its host, the environment or a profile.
import { type Origin, shown } from '../errors.ts'
import type { Problems } from '../problems.ts'
import { DEFAULT, OPTION } from './engine.ts'
import { type Environment, variable } from './environment.ts'
import { profileName, profileRegion } from './profile.ts'
import { isRegion } from './rds-host.ts'
import type { IamTarget } from './target.ts'

export function regionOf(
  target: IamTarget,
  host: string | undefined,
  hosts: string | undefined,
  env: Environment,
  problems: Problems,
): readonly [region: string | undefined, origin: Origin] {
  const { region } = target
  const option = 'region'
  if (region !== undefined && hosts !== undefined && region !== hosts) {
    problems.add({
      option,
      seen: `${shown(region)} is not the region in the host name`,
      instead: ['leave it out, or write ', { option, value: hosts }],
    })
    return [undefined, OPTION]
  }
  const [found, from] = findRegion(target, hosts, env)
  if (typeof found === 'string' && isRegion(found)) return [found, from]
  if (found !== undefined) {
    const instead = "write one such as 'eu-central-1'"
    problems.add({ option, from, seen: `${shown(found)} is not a region`, instead })
  } else if (host !== undefined) {
    problems.add({
      option,
      seen: `is missing, and ${shown(host)} does not contain one`,
      instead: ['write ', { option }, ', or set AWS_REGION'],
    })
  }
  // Without a host, don't report the region: the missing host name may contain it.
  return [undefined, from]
}

function findRegion(
  { region, profile }: IamTarget,
  hosts: string | undefined,
  env: Environment,
): readonly [region: string | undefined, origin: Origin] {
  if (region !== undefined) return [region, OPTION]
  if (hosts !== undefined) return [hosts, { from: 'host' }]
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = variable(env, name)
    if (value !== undefined) return [value, { from: 'environment', name }]
  }
  const profiles = profileRegion(profile, env)
  return profiles === undefined
    ? [undefined, DEFAULT]
    : [profiles, { from: 'profile', name: profileName(profile, env) }]
}
