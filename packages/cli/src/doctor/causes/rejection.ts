// Causes of a login that the server itself rejected, by what it said and by what the other steps rule out.
import { parseRdsHost } from '@rds-iam/core'
import { askRds, aws, callerOf, policyResource, resourceOf, thingOf } from './aws.ts'
import { act, type Case, faultIn, foundIn, type Rule, sh, sql } from './cause.ts'
import { sessionEnded } from './identity.ts'
import { wrongRegion } from './region.ts'
import { create, lookUp } from './sql.ts'

/**
 * What a rejection says: `token`: IAM was asked, and said no. `password`: the server wanted an ordinary password of
 * this user, so the token was never looked at.
 *
 * RDS's PostgreSQL checks members of `rds_iam` by PAM (28000), and all others by password (28P01). MySQL says 1045 to
 * all, but asks for the token, by `mysql_clear_password`, only users that have AWSAuthenticationPlugin.
 */
export function rejection(found: Case): 'token' | 'password' | undefined {
  const fault = faultIn(found, 'login')
  const sent = foundIn(found, 'login')?.tokenSent
  if (fault?.code === '28P01') return 'password'
  if (fault?.code === '1045') return sent ? 'token' : 'password'
  return fault?.code === '28000' && /PAM|IAM/.test(fault.message) ? 'token' : undefined
}

/** A rule for logins whose token was looked at. */
const ofToken =
  (rule: Rule): Rule =>
  (found) =>
    rejection(found) === 'token' ? rule(found) : undefined

export const host: Rule = ofToken((found) => {
  const { host = '', port, via } = found.subject
  const cnames = foundIn(found, 'dns')?.cnames ?? []
  if (parseRdsHost(host) || cnames.some((name) => parseRdsHost(name))) return undefined
  const names = foundIn(found, 'tls')?.names ?? []
  const rds = names.find((name) => parseRdsHost(name))
  const dial = via ?? `${host}:${port}`
  return {
    id: 'host',
    certainty: rds ? 'proven' : 'likely',
    title: `The token is signed for ${host}, which is not the name of an RDS endpoint`,
    because: rds
      ? `the server's certificate is that of ${rds}`
      : `host is who, via is where: ${host} looks like a where`,
    cures: rds
      ? [act(`host: ${rds}, via: ${dial}`)]
      : [sh(askRds(found, 'endpoint')), act(`host: that endpoint, via: ${dial}`)],
  }
})

export const region: Rule = ofToken((found) => {
  const region = foundIn(found, 'region')
  if (!region || region.origin.from === 'host') return undefined
  const cnames = foundIn(found, 'dns')?.cnames ?? []
  const names = foundIn(found, 'tls')?.names ?? []
  for (const [list, says] of [
    [cnames, 'DNS'],
    [names, 'its certificate'],
  ] as const) {
    const seen = list.find((name) => parseRdsHost(name)?.region)
    const theirs = seen && parseRdsHost(seen)?.region
    if (theirs && theirs !== region.region) return wrongRegion(found, theirs, `${says}: ${seen}`)
  }
  if (cnames.concat(names).some((name) => parseRdsHost(name)?.region === region.region)) return undefined
  return {
    id: 'region',
    certainty: 'possible',
    title: `The endpoint is in another region than ${region.region}, which its name does not confirm`,
    cures: [sh(askRds(found, 'endpoint'))],
  }
})

const DEFAULT_PORTS = { postgres: 5432, mysql: 3306 } as const

export const port: Rule = ofToken((found) => {
  const { via, port, engine = 'postgres' } = found.subject
  // Without via, the port that was dialled is the one that was signed.
  if (via === undefined || port === DEFAULT_PORTS[engine]) return undefined
  return {
    id: 'port',
    certainty: 'likely',
    title: `The token is signed for port ${port}, and the endpoint's own is another`,
    because: via.endsWith(`:${port}`)
      ? `${port} is the port of the tunnel, ${via}`
      : `RDS listens at ${DEFAULT_PORTS[engine]} unless it is told otherwise`,
    cures: [
      sh(askRds(found, 'endpoint')),
      act(`port: the endpoint's, most likely ${DEFAULT_PORTS[engine]}; via: ${via}`),
    ],
  }
})

export const session: Rule = ofToken((found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'unknown' || !credentials.temporary || credentials.endsAt !== undefined)
    return undefined
  return {
    ...sessionEnded(found, 'likely'),
    because: `${credentials.keyId} is of a session whose end is not told, and STS can't be asked (${credentials.caller.why})`,
  }
})

export const policy: Rule = ofToken((found) => {
  const { user } = found.subject
  const { principal, account } = callerOf(found)
  const resource = policyResource(found)
  const { engine, host, port } = found.subject
  const simulation = `iam simulate-principal-policy --policy-source-arn ${principal} --action-names rds-db:connect --resource-arns ${resource}`
  const other = account === undefined ? '' : `, or the account, if the database is not in ${account}`
  return {
    id: 'policy',
    certainty: 'likely',
    title: `No policy lets ${principal ?? 'this identity'} connect as ${user}`,
    because: `it takes rds-db:connect on ${resource}; often the resource id or the user is another${other}`,
    cures: [
      sh(askRds(found, 'iam')),
      ...(principal === undefined ? [] : [sh(aws(withoutRegion(found), simulation))]),
      sh(
        `rds-iam setup ${engine}://${user}@${host}:${port} --account ${account ?? 'ACCOUNT'} --resource-id ${resourceOf(found)}`,
      ),
    ],
  }
})

/** IAM has none. */
function withoutRegion({ subject, steps }: Case): Case {
  return { subject, steps: { ...steps, region: { status: 'skipped', why: '' } } }
}

export const disabled: Rule = (found) => {
  const kind = rejection(found)
  const fault = faultIn(found, 'login')
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
  const proven = fault?.code === '1524'
  const thing = thingOf(found)
  if (!proven && (kind === undefined || thing === 'proxy')) return undefined
  const [name = ''] = (found.subject.host ?? '').split('.')
  const change = `rds modify-db-${thing} --db-${thing}-identifier ${name} --enable-iam-database-authentication --apply-immediately`
  return {
    id: 'iam-disabled',
    certainty: proven ? 'proven' : 'possible',
    title: `IAM authentication is not enabled on the ${thing}`,
    because: proven ? fault.message : `iam: false, in the answer of describe-db-${thing}s`,
    cures: [...(proven ? [] : [sh(askRds(found, 'iam'))]), sh(aws(found, change))],
  }
}

export const proxy: Rule = (found) => {
  const fault = faultIn(found, 'login')
  const secret = /no credentials for the role/i.test(fault?.message ?? '')
  if (thingOf(found) !== 'proxy' || (rejection(found) === undefined && !secret)) return undefined
  return {
    id: 'proxy',
    certainty: secret ? 'proven' : 'likely',
    title: `The proxy does not take ${found.subject.user} by IAM`,
    because: secret
      ? (fault?.message ?? '')
      : 'IAM must be required at the proxy, and the user have a secret there',
    cures: [sh(askRds(found, 'iam'))],
  }
}

export const key: Rule = ofToken((found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'unknown' || credentials.temporary) return undefined
  return {
    id: 'key',
    certainty: 'possible',
    title: `The key ${credentials.keyId} is inactive or deleted, or its secret is another`,
    cures: [sh(aws(found, 'sts get-caller-identity'))],
  }
})

export const unknownClock: Rule = ofToken((found) => {
  if (foundIn(found, 'clock')) return undefined
  const title = "The clock of this machine is wrong by more than 5 minutes; AWS's can't be asked from here"
  return { id: 'clock', certainty: 'possible', title, cures: [sh('date -u')] }
})

export const letters: Rule = (found) => {
  const { user = '', engine = 'postgres' } = found.subject
  if (rejection(found) !== 'password' || user === user.toLowerCase()) return undefined
  return {
    id: 'case',
    certainty: 'likely',
    title: `The user is not called ${user}, but ${user.toLowerCase()}`,
    because:
      engine === 'postgres'
        ? 'PostgreSQL makes the names of users small when they are created without quotes'
        : 'names of users are compared letter by letter',
    cures: [sql(lookUp[engine](user))],
  }
}

export const user: Rule = (found) => {
  const { user = '', engine = 'postgres' } = found.subject
  if (rejection(found) !== 'password') return undefined
  const condition =
    engine === 'postgres' ? 'is not in rds_iam' : 'was not created with AWSAuthenticationPlugin'
  return {
    id: 'user',
    certainty: 'likely',
    title: `${user} ${condition}, or does not exist`,
    because: `the server wanted an ordinary password of ${user}: the token was never looked at, so policy, key and clock don't matter yet`,
    cures: [
      sql(lookUp[engine](user)),
      sql(create[engine](user)),
      ...(engine === 'postgres'
        ? []
        : [act("and see that the user's host part, such as '%', covers this machine")]),
    ],
  }
}
