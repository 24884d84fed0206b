// From findings to causes, the most likely first. Pure: nothing counts but the findings.
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
 * Within one certainty, the first comes first: what fails earlier, and, of the causes that RDS does not let anyone tell
 * apart, the more frequent one.
 */
const RULES: readonly Rule[] = [
  target.options,
  target.alias,
  network.name,
  network.connection,
  tls.protocol,
  // A wrong clock makes certificates and signatures look wrong.
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

/** Why the login failed, or will not be of use. If a cause is proven, those that are not are left out. */
export function causesOf(found: Case): readonly Cause[] {
  if (found.steps.login.status === 'ok') return [server.readOnly(found) ?? []].flat()
  const causes = RULES.flatMap((rule) => rule(found) ?? [])
  const proven = causes.filter(({ certainty }) => certainty === 'proven')
  if (proven.length > 0) return proven
  if (causes.length === 0) return unexplained(found)
  return eachCureOnce(causes.sort((a, b) => ORDER.indexOf(a.certainty) - ORDER.indexOf(b.certainty)))
}

/** A command that checks two causes is printed with the first. The other refers to it, if it has none of its own. */
function eachCureOnce(causes: readonly Cause[]): Cause[] {
  const printed = new Map<string, number>()
  return causes.map((cause, index) => {
    const cures = cause.cures.filter(({ text }) => !printed.has(text))
    const before = cause.cures.map(({ text }) => printed.get(text)).find((number) => number !== undefined)
    for (const { text } of cures) printed.set(text, index + 1)
    const own = cures.some(({ kind }) => kind !== 'do')
    return own || before === undefined
      ? { ...cause, cures }
      : { ...cause, cures: [act(`the commands of ${before}. check this too`), ...cures] }
  })
}

/** The fault of the last step that failed, in its own words. */
function unexplained(found: Case): Cause[] {
  const faults = STEPS.flatMap((name) => faultIn(found, name) ?? [])
  return faults.slice(-1).map(({ code, message }) => ({
    id: 'unknown',
    certainty: 'proven',
    title: `${message} (${code})`,
    cures: [recentEvents(found)],
  }))
}

/** What RDS itself has recorded lately: restarts, failovers, a full disk. */
function recentEvents(found: Case): Cure {
  const { kind, identifier } = resourceIn(found)
  if (kind === 'dsql') return sh(askRds(found, 'status'))
  const one =
    identifier === undefined ? '' : `--source-type db-${kind} --source-identifier ${shellWord(identifier)} `
  return sh(askAws(found, `rds describe-events ${one}--duration 60`))
}

/** Commands that show RDS's own reason: since 2025, it can write reasons into a log. */
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
