// From findings to causes, the most likely first. Pure: what is not among the findings does not count.
import { plain, silent } from './after.ts'
import { aws, thingOf } from './aws.ts'
import { type Case, type Cause, type Certainty, faultIn, type Rule, sh } from './cause.ts'
import * as identity from './identity.ts'
import * as rejected from './rejection.ts'
import * as tls from './tls.ts'
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
  identity.clock,
  tls.certificate,
  identity.credentials,
  identity.refused,
  identity.partition,
  plain,
  silent,
  rejected.host,
  rejected.region,
  rejected.port,
  rejected.session,
  rejected.letters,
  rejected.user,
  rejected.policy,
  rejected.proxy,
  rejected.disabled,
  rejected.key,
  rejected.unknownClock,
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

/** A command that checks two causes is told with the first. */
function eachCureOnce(causes: readonly Cause[]): Cause[] {
  const told = new Set<string>()
  return causes.map((cause) => {
    const cures = cause.cures.filter(({ text }) => !told.has(text))
    for (const { text } of cures) told.add(text)
    return { ...cause, cures }
  })
}

/** Whatever failed last, in its own words. */
function unexplained(found: Case): Cause[] {
  for (const name of ['login', 'token', 'credentials', 'tls'] as const) {
    const fault = faultIn(found, name)
    if (fault)
      return [{ id: 'unknown', certainty: 'proven', title: `${fault.message} (${fault.code})`, cures: [] }]
  }
  return []
}

/** RDS keeps the reasons that it does not tell: in a log, since 2025, if that is switched on. */
export function logOfReasons(found: Case, [first]: readonly Cause[]): readonly string[] {
  const thing = thingOf(found)
  if (rejected.rejection(found) !== 'token' || thing === 'proxy') return []
  if (first?.certainty === 'proven') return []
  const [name = ''] = (found.subject.host ?? '').split('.')
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Troubleshooting.html
  return [
    `rds modify-db-${thing} --db-${thing}-identifier ${name} --cloudwatch-logs-export-configuration '{"EnableLogTypes":["iam-db-auth-error"]}'`,
    `logs tail /aws/rds/${thing}/${name}/iam-db-auth-error --since 10m`,
  ].map((command) => sh(aws(found, command)).text)
}
