// Causes in IAM and RDS: who may log in, and whether IAM login is enabled.
import { enableIam, getRole, simulatePolicy } from '../../aws-commands.ts'
import type { ResourceKind } from '../../aws-resource.ts'
import { type Permission, permissionOf } from '../../permission.ts'
import { shellWord } from '../../shell.ts'
import { grantDsqlRole, lookUpDsqlGrants } from '../../sql.ts'
import {
  act,
  type Case,
  type Cure,
  faultIn,
  foundIn,
  type Rule,
  refusedBy,
  sh,
  sql,
  whenTokenRefused,
} from './cause.ts'
import { askRds, flag, iamScope, resourceIdIn, resourceIn, scopeOf, targetWords } from './commands.ts'

export const policy: Rule = whenTokenRefused((found) => {
  const { user } = found.subject
  const { who, account } = callerOf(found)
  const { action, arn } = permissionIn(found)
  const isDsql = resourceIn(found).kind === 'dsql'
  const idFlag = isDsql ? '' : ` ${flag('resource-id', resourceIdIn(found))}`
  const often = isDsql ? 'the action or the cluster' : 'the resource ID or the user'
  const other = account === undefined ? '' : `, or the account, if the database is not in ${account}`
  return {
    id: 'policy',
    certainty: 'likely',
    title: `No policy allows ${who ?? 'this identity'} to connect as ${user}`,
    because: `the policy must allow ${action} on ${arn}; often ${often} is wrong${other}`,
    cures: [
      sh(askRds(found, 'iam')),
      ...simulation(found, action, arn),
      sh(`rds-iam setup ${targetWords(found)} --account ${account ?? 'ACCOUNT'}${idFlag}`),
    ],
  }
})

/** The action and the resource that a policy must allow. */
function permissionIn(found: Case): Permission {
  const { region, partition } = foundIn(found, 'region') ?? {}
  const { account = 'ACCOUNT' } = callerOf(found)
  const { user = '', host = '' } = found.subject
  return permissionOf({ host, user, region, partition, account, resourceId: resourceIdIn(found) })
}

/** Only the IAM roles that a database role of Aurora DSQL was granted to may log in as it. */
export const dsqlGrant: Rule = whenTokenRefused((found) => {
  const { user = '' } = found.subject
  if (resourceIn(found).kind !== 'dsql' || user === 'admin') return undefined
  const { who, account = 'ACCOUNT', name = 'ROLE' } = callerOf(found)
  const partition = foundIn(found, 'region')?.partition
  return {
    id: 'dsql-grant',
    certainty: 'likely',
    title: `The database role ${user} is not granted to ${who ?? 'this identity'}, or does not exist`,
    because: 'in Aurora DSQL, an IAM role can log in as a database role only after AWS IAM GRANT',
    cures: [
      sql(lookUpDsqlGrants(user)),
      sql(grantDsqlRole(user, `arn:${partition}:iam::${account}:role/${name}`)),
    ],
  }
})

/** A proxy has separate settings, and Aurora DSQL supports no other login. */
const CAN_DISABLE: readonly ResourceKind[] = ['instance', 'cluster']

export const disabled: Rule = (found) => {
  const fault = faultIn(found, 'login')
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
  const proven = fault?.code === '1524'
  const resource = resourceIn(found)
  if (!proven && (refusedBy(found) === undefined || !CAN_DISABLE.includes(resource.kind))) return undefined
  return {
    id: 'iam-disabled',
    certainty: proven ? 'proven' : 'possible',
    title: proven
      ? `IAM authentication is not enabled on the ${resource.kind}`
      : `IAM authentication may not be enabled on the ${resource.kind}`,
    because: proven ? fault.message : `if so, describe-db-${resource.kind}s prints iam: false`,
    cures: [sh(askRds(found, 'iam')), sh(enableIam(resource, scopeOf(found)))],
  }
}

export const proxy: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (!fault || resourceIn(found).kind !== 'proxy') return undefined
  const noSecret = /no credentials for the role/i.test(fault.message)
  if (refusedBy(found) === undefined && !noSecret) return undefined
  return {
    id: 'proxy',
    certainty: noSecret ? 'proven' : 'likely',
    title: `The proxy does not accept IAM logins of ${found.subject.user}`,
    because: noSecret ? fault.message : 'the proxy must require IAM, and have a secret for the user',
    cures: [sh(askRds(found, 'iam'))],
  }
}

interface Caller {
  readonly account?: string
  /** A name for the principal, for sentences. */
  readonly who?: string
  /** The principal's ARN as a word of a command, or a command that prints it. */
  readonly arn?: string
  /** The role's name, if it is a role. */
  readonly name?: string
  /** The permission set's name, if the role belongs to IAM Identity Center. */
  readonly permissionSet?: string
}

/** The account and the user or role that the credentials belong to, according to STS. */
function callerOf(found: Case): Caller {
  const caller = foundIn(found, 'credentials')?.caller
  if (caller?.status !== 'known') return {}
  const { account, arn } = caller
  // `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` doesn't contain the role's path, which its ARN needs.
  const role = /^arn:[^:]+:sts::\d+:assumed-role\/([^/]+)\//.exec(arn)?.[1]
  if (role === undefined)
    return { account, ...(arn.includes(':user/') ? { who: arn, arn: shellWord(arn) } : {}) }
  const [, permissionSet] = /^AWSReservedSSO_(.+)_[0-9a-f]+$/.exec(role) ?? []
  const find = getRole(role, 'Arn --output text', iamScope(found))
  return {
    account,
    who: `the role ${role}`,
    name: role,
    arn: `"$(${find})"`,
    ...(permissionSet === undefined ? {} : { permissionSet }),
  }
}

/** Asks IAM whether the caller's policies allow the action. */
function simulation(found: Case, action: string, resource: string): Cure[] {
  const { arn, permissionSet } = callerOf(found)
  if (arn === undefined) return []
  return [
    sh(simulatePolicy(arn, action, resource, iamScope(found))),
    ...(permissionSet === undefined
      ? []
      : [act(`change its policies in IAM Identity Center, in the permission set ${permissionSet}`)]),
  ]
}
