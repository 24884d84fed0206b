// From findings to causes, the most likely first. Pure: what is not among the findings does not count.
import { PLACEHOLDERS } from '../../identifier.ts'
import { STEPS } from '../examination.ts'
import { plain, silent } from './after.ts'
import { aws, modify, nameOf, thingOf } from './aws.ts'
import { act, type Case, type Cause, type Certainty, type Cure, faultIn, type Rule, sh } from './cause.ts'
import * as clock from './clock.ts'
import * as credentials from './credentials.ts'
import { driver } from './driver.ts'
import { local } from './local.ts'
import * as permission from './permission.ts'
import { rejection } from './rejection.ts'
import { role } from './role.ts'
import { session } from './session.ts'
import * as signed from './signed.ts'
import { sts } from './sts.ts'
import * as tls from './tls.ts'
import * as user from './user.ts'
import * as way from './way.ts'

export type { Case, Cause, Cure } from './cause.ts'

/**
 * Within one certainty, the first comes first: what stands in the way sooner, and, of what RDS does not let anyone
 * tell apart, what happens more often.
 */
const RULES: readonly Rule[] = [
  way.options,
  way.alias,
  way.name,
  way.connection,
  tls.protocol,
  // A clock that is wrong makes certificates and signatures look wrong.
  clock.clock,
  tls.certificate,
  credentials.credentials,
  sts,
  role,
  credentials.refused,
  credentials.partition,
  driver,
  plain,
  silent,
  local,
  signed.host,
  signed.region,
  signed.port,
  session,
  user.letters,
  user.user,
  permission.policy,
  permission.proxy,
  permission.disabled,
  credentials.key,
  clock.unknownClock,
]

const ORDER: readonly Certainty[] = ['proven', 'likely', 'possible']

/** Why the login failed; empty if it succeeded. What is only likely or possible is left out beside what is proven. */
export function causesOf(found: Case): readonly Cause[] {
  if (found.steps.login.status === 'ok') return []
  const causes = RULES.flatMap((rule) => rule(found) ?? [])
  const proven = causes.filter(({ certainty }) => certainty === 'proven')
  if (proven.length > 0) return proven
  if (causes.length === 0) return unexplained(found)
  return eachCureOnce(causes.sort((a, b) => ORDER.indexOf(a.certainty) - ORDER.indexOf(b.certainty)))
}

/** A command that checks two causes is told with the first; the other refers to it, if it has none of its own. */
function eachCureOnce(causes: readonly Cause[]): Cause[] {
  const told = new Map<string, number>()
  return causes.map((cause, index) => {
    const cures = cause.cures.filter(({ text }) => !told.has(text))
    const before = cause.cures.map(({ text }) => told.get(text)).find((number) => number !== undefined)
    for (const { text } of cures) told.set(text, index + 1)
    const own = cures.some(({ kind }) => kind !== 'do')
    return own || before === undefined
      ? { ...cause, cures }
      : { ...cause, cures: [act(`what ${before}. asks tells this too`), ...cures] }
  })
}

/** Whatever failed last, in its own words. */
function unexplained(found: Case): Cause[] {
  const faults = STEPS.flatMap((name) => faultIn(found, name) ?? [])
  return faults.slice(-1).map(({ code, message }) => ({
    id: 'unknown',
    certainty: 'proven',
    title: `${message} (${code})`,
    cures: [newsOf(found)],
  }))
}

/** What RDS itself has noted lately: restarts, failovers, a full disk. */
function newsOf(found: Case): Cure {
  const name = nameOf(found)
  const one = name === undefined ? '' : `--source-type db-${thingOf(found)} --source-identifier ${name} `
  return sh(aws(found, `rds describe-events ${one}--duration 60`))
}

/** RDS keeps the reasons that it does not tell: in a log, since 2025, if that is switched on. */
export function logOfReasons(found: Case, [first]: readonly Cause[]): readonly string[] {
  const thing = thingOf(found)
  if (rejection(found) !== 'token' || thing === 'proxy' || first?.certainty === 'proven') return []
  const name = nameOf(found) ?? PLACEHOLDERS[thing]
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Troubleshooting.html
  return [
    modify(found, `--cloudwatch-logs-export-configuration '{"EnableLogTypes":["iam-db-auth-error"]}'`),
    aws(found, `logs tail /aws/rds/${thing}/${name}/iam-db-auth-error --since 10m`),
  ]
}
