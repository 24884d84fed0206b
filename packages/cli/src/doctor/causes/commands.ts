// The commands in cures, for the examined target.
import { parseRdsHost } from '@rds-iam/core'
import { aws, describe, modify, type Question, type Scope } from '../../aws-commands.ts'
import { type Resource, resourceOf } from '../../aws-resource.ts'
import { shellWord } from '../../shell.ts'
import { hostBeforePort } from '../vocabulary.ts'
import { type Case, foundIn, namesIn } from './cause.ts'

/** The endpoint's own name, which for an alias comes from DNS. */
function endpointName(found: Case): string {
  const { host = '' } = found.subject
  const kind = parseRdsHost(host)?.kind
  if (kind !== undefined && kind !== 'global-writer') return host
  const { cnames } = namesIn(found)
  return cnames.find((name) => resourceOf(name).identifier !== undefined) ?? host
}

/** The resource that the endpoint belongs to. If the name doesn't show it, assumes an instance. */
export function resourceIn(found: Case): Resource {
  return resourceOf(endpointName(found))
}

export function askRds(found: Case, question: Question): string {
  return describe(resourceIn(found), question, scopeOf(found))
}

export function modifyRds(found: Case, change: string): string {
  return modify(resourceIn(found), change, scopeOf(found))
}

/** An AWS CLI command in the target's region, with its profile. */
export function askAws(found: Case, command: string): string {
  return aws(command, scopeOf(found))
}

/** The scope of commands about IAM, which has no regions. */
export function iamScope(found: Case): Scope {
  return { profile: found.subject.profile }
}

export function scopeOf(found: Case): Scope {
  return { region: foundIn(found, 'region')?.region, profile: found.subject.profile }
}

const RESOURCE_IDS = { instance: 'db-…', cluster: 'cluster-…', proxy: 'prx-…', dsql: '' } as const

/** A template of the resource ID. The user fills in the middle. */
export function resourceIdIn(found: Case): string {
  return RESOURCE_IDS[resourceIn(found).kind]
}

/** A flag with its value: `--region eu-west-1`. */
export function flag(name: string, value: string): string {
  return `--${name} ${shellWord(value)}`
}

/** The target as arguments of `rds-iam`: its URL, and the region if the endpoint doesn't contain it. */
export function targetWords(found: Case): string {
  const { engine = 'postgres', user = '', host = '', port } = found.subject
  const region = parseRdsHost(host)?.region === undefined ? foundIn(found, 'region')?.region : undefined
  return [
    shellWord(`${engine}://${encodeURIComponent(user)}@${hostBeforePort(host)}:${port}`),
    ...(region === undefined ? [] : [flag('region', region)]),
  ].join(' ')
}
