// Derives causes from findings, most likely first. A pure function of the findings.
import { identifierWord } from '../../aws-commands.ts'
import { shellWord } from '../../shell.ts'
import { STEPS } from '../examination.ts'
import {
  act,
  type Case,
  type Cause,
  type Certainty,
  type Cure,
  faultIn,
  type Rule,
  refusedBy,
  sh,
} from './cause.ts'
import * as clock from './clock.ts'
import { askAws, askRds, modifyRds, resourceIn } from './commands.ts'
import * as credentials from './credentials.ts'
import * as iam from './iam.ts'
import * as network from './network.ts'
import * as role from './role.ts'
import * as server from './server.ts'
import * as target from './target.ts'
import * as tls from './tls.ts'
import * as user from './user.ts'

export type { Case, Cause, Cure } from './cause.ts'

/**
 * In order of priority among causes of the same certainty: what fails earlier comes first. Of causes that RDS makes
 * indistinguishable, the more frequent one comes first.
 */
const RULES: readonly Rule[] = [
  target.options,
  target.alias,
  network.name,
  network.connection,
  tls.protocol,
  // A wrong clock makes valid certificates and signatures look invalid.
  clock.clock,
  tls.certificate,
  credentials.credentials,
  role.sts,
  role.role,
  credentials.refused,
  credentials.partition,
  server.driver,
  user.access,
  server.state,
  server.slowCheck,
  server.silent,
  server.local,
  target.host,
  target.region,
  target.port,
  credentials.session,
  user.letterCase,
  user.notForIam,
  iam.policy,
  iam.dsqlGrant,
  iam.proxy,
  iam.disabled,
  credentials.key,
  clock.unknownClock,
]

const ORDER: readonly Certainty[] = ['proven', 'likely', 'possible']

/** Why the login failed, or is useless. If any cause is proven, leaves out the others. */
export function causesOf(found: Case): readonly Cause[] {
  if (found.steps.login.status === 'ok') return [server.readOnly(found) ?? []].flat()
  const causes = RULES.flatMap((rule) => rule(found) ?? [])
  const proven = causes.filter(({ certainty }) => certainty === 'proven')
  if (proven.length > 0) return proven
  if (causes.length === 0) return unexplained(found)
  return eachCureOnce(causes.sort((a, b) => ORDER.indexOf(a.certainty) - ORDER.indexOf(b.certainty)))
}

/** Prints a command that two causes share only once, with the first. The second refers to it if it has no others. */
function eachCureOnce(causes: readonly Cause[]): Cause[] {
  const printed = new Map<string, number>()
  return causes.map((cause, index) => {
    const cures = cause.cures.filter(({ text }) => !printed.has(text))
    const before = cause.cures.map(({ text }) => printed.get(text)).find((number) => number !== undefined)
    for (const { text } of cures) printed.set(text, index + 1)
    const own = cures.some(({ kind }) => kind !== 'do')
    return own || before === undefined
      ? { ...cause, cures }
      : { ...cause, cures: [act(`the commands under ${before}. also check this`), ...cures] }
  })
}

/** The unchanged fault of the last step that failed. */
function unexplained(found: Case): Cause[] {
  const faults = STEPS.flatMap((name) => faultIn(found, name) ?? [])
  return faults.slice(-1).map(({ code, message }) => ({
    id: 'unknown',
    certainty: 'proven',
    title: `${message} (${code})`,
    cures: [recentEvents(found)],
  }))
}

/** The events that RDS recorded recently, such as restarts, failovers and a full disk. */
function recentEvents(found: Case): Cure {
  const { kind, identifier } = resourceIn(found)
  if (kind === 'dsql') return sh(askRds(found, 'status'))
  const one =
    identifier === undefined ? '' : `--source-type db-${kind} --source-identifier ${shellWord(identifier)} `
  return sh(askAws(found, `rds describe-events ${one}--duration 60`))
}

/** Commands that show RDS's own reason. Since 2025, RDS can log it. */
export function logOfReasons(found: Case, [first]: readonly Cause[]): readonly string[] {
  const resource = resourceIn(found)
  const hasLog = resource.kind !== 'proxy' && resource.kind !== 'dsql'
  if (refusedBy(found) !== 'token' || !hasLog || first?.certainty === 'proven') return []
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Troubleshooting.html
  return [
    modifyRds(found, `--cloudwatch-logs-export-configuration '{"EnableLogTypes":["iam-db-auth-error"]}'`),
    askAws(
      found,
      `logs tail /aws/rds/${resource.kind}/${identifierWord(resource)}/iam-db-auth-error --since 10m`,
    ),
  ]
}
