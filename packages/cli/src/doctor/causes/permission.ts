// Causes on the side of RDS and IAM: who may log in by IAM, and where.
import { askRds, modify, resourceOf, thingOf } from './aws.ts'
import { callerOf, simulation } from './caller.ts'
import { type Case, faultIn, foundIn, type Rule, sh } from './cause.ts'
import { ofToken, rejection } from './rejection.ts'
import { flag, urlWords } from './target.ts'

export const policy: Rule = ofToken((found) => {
  const { user } = found.subject
  const { who, account } = callerOf(found)
  const resource = resourceFor(found)
  const other = account === undefined ? '' : `, or the account, if the database is not in ${account}`
  return {
    id: 'policy',
    certainty: 'likely',
    title: `No policy lets ${who ?? 'this identity'} connect as ${user}`,
    because: `it takes rds-db:connect on ${resource}; often the resource id or the user is another${other}`,
    cures: [
      sh(askRds(found, 'iam')),
      ...simulation(found, 'rds-db:connect', resource),
      sh(
        `rds-iam setup ${urlWords(found)} --account ${account ?? 'ACCOUNT'} ${flag('resource-id', resourceOf(found))}`,
      ),
    ],
  }
})

/** The resource that a policy must allow `rds-db:connect` on. */
function resourceFor(found: Case): string {
  const region = foundIn(found, 'region')
  const { account = 'ACCOUNT' } = callerOf(found)
  const { user } = found.subject
  return `arn:${region?.partition}:rds-db:${region?.region}:${account}:dbuser:${resourceOf(found)}/${user}`
}

export const disabled: Rule = (found) => {
  const fault = faultIn(found, 'login')
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
  const proven = fault?.code === '1524'
  const thing = thingOf(found)
  if (!proven && (rejection(found) === undefined || thing === 'proxy')) return undefined
  return {
    id: 'iam-disabled',
    certainty: proven ? 'proven' : 'possible',
    title: `IAM authentication is not enabled on the ${thing}`,
    because: proven ? fault.message : `iam: false, in the answer of describe-db-${thing}s`,
    cures: [
      sh(askRds(found, 'iam')),
      sh(modify(found, '--enable-iam-database-authentication --apply-immediately')),
    ],
  }
}

export const proxy: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (!fault || thingOf(found) !== 'proxy') return undefined
  const secret = /no credentials for the role/i.test(fault.message)
  if (rejection(found) === undefined && !secret) return undefined
  return {
    id: 'proxy',
    certainty: secret ? 'proven' : 'likely',
    title: `The proxy does not take ${found.subject.user} by IAM`,
    because: secret ? fault.message : 'IAM must be required at the proxy, and the user have a secret there',
    cures: [sh(askRds(found, 'iam'))],
  }
}
