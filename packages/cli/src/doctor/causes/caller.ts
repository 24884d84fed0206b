// Whom AWS knows the credentials as, and how IAM is asked about that.
import { shellWord } from '../../shell.ts'
import { awsIam } from './aws.ts'
import { act, type Case, type Cure, foundIn, sh } from './cause.ts'

interface Caller {
  readonly account?: string
  /** Who it is, in a sentence. */
  readonly who?: string
  /** The principal's ARN, as a word of a command; or a command that finds it. */
  readonly arn?: string
  /** The name of the role of IAM Identity Center, if it is one. */
  readonly permissionSet?: string
}

/** The account and the user or role that STS knows the credentials as. */
export function callerOf(found: Case): Caller {
  const caller = foundIn(found, 'credentials')?.caller
  if (caller?.status !== 'known') return {}
  const { account, arn } = caller
  const role = roleOfSession(arn)
  if (role === undefined)
    return { account, ...(arn.includes(':user/') ? { who: arn, arn: shellWord(arn) } : {}) }
  const [, permissionSet] = /^AWSReservedSSO_(.+)_[0-9a-f]+$/.exec(role) ?? []
  return {
    account,
    who: `the role ${role}`,
    arn: `"$(${arnOfRole(found, role)})"`,
    ...(permissionSet === undefined ? {} : { permissionSet }),
  }
}

/** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` leaves out the path of the role, which is in its ARN. */
function roleOfSession(arn: string): string | undefined {
  return /^arn:[^:]+:sts::\d+:assumed-role\/([^/]+)\//.exec(arn)?.[1]
}

function arnOfRole(found: Case, role: string): string {
  return awsIam(found, `get-role --role-name ${shellWord(role)} --query Role.Arn --output text`)
}

/** Asks IAM whether the caller's policies allow it. */
export function simulation(found: Case, action: string, resource: string): Cure[] {
  const { arn, permissionSet } = callerOf(found)
  if (arn === undefined) return []
  const words = `--policy-source-arn ${arn} --action-names ${action} --resource-arns ${shellWord(resource)}`
  return [
    sh(awsIam(found, `simulate-principal-policy ${words}`)),
    ...(permissionSet === undefined
      ? []
      : [act(`its policies are those of the permission set ${permissionSet}, in IAM Identity Center`)]),
  ]
}
