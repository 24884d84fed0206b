// Why a role can't be assumed: STS refuses, or can't be reached.
import { partitionOf } from '@rds-iam/core'
import { sourceInWords } from '@rds-iam/core/connect'
import { aws, getRole, type Scope, simulatePolicy } from '../../aws-commands.ts'
import { shellWord } from '../../shell.ts'
import { ASSUMING_ROLE } from '../vocabulary.ts'
import { act, type Case, type Cause, type Cure, faultIn, foundIn, type Rule, sh } from './cause.ts'
import { refusalByAws } from './credentials.ts'

/** Commands that use the profile would fail too. */
const NO_PROFILE: Scope = {}

export const role: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  if (!fault?.code.startsWith(ASSUMING_ROLE)) return undefined
  const code = fault.code.slice(ASSUMING_ROLE.length)
  const key = `from ${sourceInWords(fault.source)}`
  return refusalByAws(found, code, fault.message, key) ?? notAllowed(found, code, fault.message)
}

/** `User: ARN is not authorized to perform: sts:AssumeRole on resource: ARN` */
function notAllowed(found: Case, code: string, message: string): Cause {
  const [, who] = /User: (arn:\S+)/.exec(message) ?? []
  const [, action = 'sts:AssumeRole'] = /perform:? (sts:\w+)/.exec(message) ?? []
  const [, named] = /resource: (arn:\S+)/.exec(message) ?? []
  const arn = found.subject.role ?? named
  const name = arn?.replace(/.*\//, '')
  const trust = getRole(name ?? 'ROLE', 'AssumeRolePolicyDocument', NO_PROFILE)
  const caller = who ?? 'the identity that assumes the role'
  return {
    id: 'role',
    certainty: 'proven',
    title:
      who === undefined
        ? `The role ${arn ?? 'of the credentials'} can't be assumed`
        : `${who} can't assume the role ${arn ?? 'of the credentials'}`,
    because: `STS: ${message} (${code})`,
    cures: [
      sh(trust),
      act(
        `this prints the role's trust policy, if you may read it; it must allow ${caller}, and must not require an external ID or a tag that you do not pass`,
      ),
      ...(action === 'sts:AssumeRole' ? permission(who, arn) : []),
    ],
  }
}

/** A web identity needs no policy. */
function permission(who: string | undefined, arn: string | undefined): Cure[] {
  const words = `a policy of ${who ?? 'that identity'} must allow sts:AssumeRole on ${arn ?? 'the role'} too`
  if (!who?.includes(':user/') || arn === undefined) return [act(words)]
  return [act(words), sh(simulatePolicy(shellWord(who), 'sts:AssumeRole', arn, NO_PROFILE))]
}

/** For a role that STS gave no answer about. */
export const sts: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  if (fault?.code !== 'no-sts' && fault?.code !== 'not-sts') return undefined
  const intercepted = fault.code === 'not-sts'
  const role = `the role ${found.subject.role ?? 'of the credentials'}`
  const { region = 'REGION' } = foundIn(found, 'region') ?? {}
  return {
    id: 'sts',
    certainty: 'proven',
    title: intercepted
      ? `Something other than STS answered the request to assume ${role}`
      : `STS can't be reached to assume ${role}`,
    because: fault.message,
    cures: intercepted ? pastOthers(region) : wayToSts(region),
  }
}

const OWN_URL = 'AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL, if set, must point to STS'

function wayToSts(region: string): Cure[] {
  const filter = `--filters ${shellWord(`Name=service-name,Values=${serviceOf(region)}`)}`
  const query = `--query 'VpcEndpoints[].{vpc:VpcId,state:State,dns:PrivateDnsEnabled}'`
  return [
    sh(aws(`ec2 describe-vpc-endpoints ${filter} ${query}`, { ...NO_PROFILE, region })),
    act(
      'a private subnet needs such a VPC endpoint, with private DNS and a security group that allows this machine on port 443, or a NAT gateway',
    ),
    act(`${OWN_URL}; HTTPS_PROXY has no effect`),
  ]
}

function pastOthers(region: string): Cure[] {
  return [
    act(OWN_URL),
    act(
      `allow this machine in the proxy or firewall in between, or bypass it with a VPC endpoint for ${serviceOf(region)}`,
    ),
  ]
}

/** The service that a VPC endpoint for STS is for. In China, the names begin with `cn`. */
function serviceOf(region: string): string {
  return `${partitionOf(region).name === 'aws-cn' ? 'cn.' : ''}com.amazonaws.${region}.sts`
}
