// Causes of a role that can't be assumed, as STS says.
import { shellWord } from '../../shell.ts'
import { ASSUMING } from '../steps/credentials.ts'
import { act, type Case, type Cause, type Cure, faultIn, type Rule, sh } from './cause.ts'
import { refusal } from './credentials.ts'

export const role: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  if (!fault?.code.startsWith(ASSUMING)) return undefined
  const code = fault.code.slice(ASSUMING.length)
  const key = `from ${fault.source ?? 'the credentials given'}`
  return refusal(found, code, fault.message, key) ?? mayNot(found, code, fault.message)
}

/** `User: ARN is not authorized to perform: sts:AssumeRole on resource: ARN` */
function mayNot(found: Case, code: string, message: string): Cause {
  const [, who] = /User: (arn:\S+)/.exec(message) ?? []
  const [, action = 'sts:AssumeRole'] = /perform:? (sts:\w+)/.exec(message) ?? []
  const [, named] = /resource: (arn:\S+)/.exec(message) ?? []
  const arn = found.subject.role ?? named
  const name = arn?.replace(/.*\//, '')
  // Without the profile, whose own commands fail as this one did.
  const trust = `aws iam get-role --role-name ${shellWord(name ?? 'ROLE')} --query Role.AssumeRolePolicyDocument`
  return {
    id: 'role',
    certainty: 'proven',
    title: `The role ${arn ?? 'of the credentials'} can't be assumed${who === undefined ? '' : ` by ${who}`}`,
    because: `STS: ${message} (${code})`,
    cures: [
      sh(trust),
      act(
        `who may read the role sees its trust policy there, which must name ${who ?? 'whoever assumes the role'}, and ask for no external id or tag that is not given`,
      ),
      ...(action === 'sts:AssumeRole' ? allowance(who, arn) : []),
    ],
  }
}

/** A web identity needs none. */
function allowance(who: string | undefined, arn: string | undefined): Cure[] {
  const words = `and a policy of ${who ?? 'that identity'} must allow sts:AssumeRole on ${arn ?? 'the role'}`
  if (!who?.includes(':user/') || arn === undefined) return [act(words)]
  const asked = `--policy-source-arn ${shellWord(who)} --action-names sts:AssumeRole --resource-arns ${shellWord(arn)}`
  return [act(words), sh(`aws iam simulate-principal-policy ${asked}`)]
}
