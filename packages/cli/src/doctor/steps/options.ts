// Steps 1 and 2: the target's values with their origins, and the region.
import {
  type IamTarget,
  type Problem,
  parseRdsHost,
  partitionOf,
  RdsIamError,
  renderProblem,
  type TargetInspection,
} from '@rds-iam/core'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { asFlag } from '../../flags.ts'
import type { OptionsFound, RegionFound, Subject, Value } from '../examination.ts'
import { StepFault } from '../step.ts'
import { hostBeforePort } from '../vocabulary.ts'

export function subjectOf(target: IamTarget, { parts, profile }: TargetInspection): Subject {
  const { engine, host, port, user, database, via } = parts
  return {
    engine,
    host,
    port,
    user,
    database,
    via: via && ('path' in via ? via.path : `${hostBeforePort(via.host)}:${via.port}`),
    cname: target.cname === true,
    profile: profile.origin.from === 'default' ? undefined : profile.name,
    role: typeof target.role === 'object' ? target.role.arn : target.role,
  }
}

export function readOptions(target: IamTarget, inspection: TargetInspection): OptionsFound {
  const subject = subjectOf(target, inspection)
  const { origins, profile, roots } = inspection
  const option = { from: 'option' } as const
  const values: Value[] = []
  const tell = (name: string, value: unknown, origin: Value['origin'] | undefined): void => {
    if (value !== undefined && origin !== undefined) values.push({ name, value: String(value), origin })
  }
  for (const name of ['engine', 'host', 'port', 'user', 'database', 'via'] as const) {
    tell(name, subject[name], origins[name])
  }
  if (subject.profile !== undefined) tell('profile', profile.name, profile.origin)
  tell('role', subject.role, option)
  if (target.cname) tell('cname', true, option)
  for (const from of new Set(roots.map((root) => root.from))) {
    const count = roots.filter((root) => root.from === from).length
    if (from !== 'bundle') tell('ca', `${count} ${count === 1 ? 'root' : 'roots'}`, originOfRoot(from))
  }
  const problems = problemsOf(target, inspection).map((problem) => renderProblem(problem, asFlag))
  if (problems.length === 0) return { values, problems }
  const words = problems.map(({ option, seen, instead }) => `${option} ${seen}; ${instead}`)
  throw new StepFault('ERR_RDS_IAM_OPTIONS', words.join('; '), { values, problems })
}

function originOfRoot(from: TargetInspection['roots'][number]['from']): Value['origin'] {
  if (from === 'ssl.ca') return { from: 'option' }
  return from === 'sslrootcert' ? { from: 'url' } : { from: 'environment', name: from }
}

/** The problems with the target, or if there are none, with the driver's options. */
function problemsOf(target: IamTarget, { problems, parts }: TargetInspection): readonly Problem[] {
  if (problems.length > 0) return problems
  try {
    if (parts.engine === 'mysql') iamMysql2Config(target)
    else iamPgConfig(target)
    return []
  } catch (error) {
    if (!(error instanceof RdsIamError)) throw error
    return error.problems
  }
}

export function findRegion({ parts, origins }: TargetInspection): RegionFound {
  const { region, host } = parts
  const { region: origin } = origins
  const problem = 'unknown, see options'
  if (region === undefined || origin === undefined) throw new StepFault('ERR_RDS_IAM_OPTIONS', problem)
  const rds = host === undefined ? undefined : parseRdsHost(host)
  return {
    region,
    origin,
    partition: rds?.partition ?? partitionOf(region).name,
    kind: rds?.kind,
  }
}
