// Causes in the AWS credentials: none, none in time, ended, refused, or of another partition.
import { firstLine } from '../step.ts'
import { aws } from './aws.ts'
import { act, type Case, type Cause, faultIn, foundIn, type Rule, sh } from './cause.ts'
import { ofToken } from './rejection.ts'
import { renewal, sessionEnded } from './session.ts'

export const credentials: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  const because = firstLine(fault?.message ?? '')
  switch (fault?.code) {
    case 'ERR_RDS_IAM_CREDENTIALS_EXPIRED':
      return { ...sessionEnded(found, 'proven'), because }
    case 'ERR_RDS_IAM_CREDENTIALS':
      if (/\bSSO\b|sso login/i.test(fault.message)) return { ...sessionEnded(found, 'proven'), because }
      return { ...none(found.subject.profile), because }
    case 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT':
      return {
        id: 'credentials-timeout',
        certainty: 'proven',
        title: 'The source of the AWS credentials does not answer',
        because: because.replace(' (timeoutMs)', ''),
        cures: [
          sh(aws(found, 'sts get-caller-identity')),
          act('outside of AWS: AWS_EC2_METADATA_DISABLED=true'),
        ],
      }
    default:
      return undefined
  }
}

function none(profile: string | undefined): Cause {
  return {
    id: 'credentials',
    certainty: 'proven',
    title: `No AWS credentials are found here${profile === undefined ? '' : ` for the profile ${profile}`}`,
    cures: [
      sh('aws configure list-profiles'),
      act(
        'then say which: --profile NAME, or AWS_PROFILE; in AWS, give the instance, task or function a role',
      ),
    ],
  }
}

export const refused: Rule = (found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'refused') return undefined
  const { code, message } = credentials.caller
  const { keyId, source } = credentials
  return refusal(found, code, message, `${keyId}, which came from ${source ?? 'the credentials given'}`)
}

/** What STS has against credentials; `key` goes on after the word "key". */
export function refusal(found: Case, code: string, message: string, key: string): Cause | undefined {
  const because = `STS: ${message} (${code})`
  if (/^ExpiredToken|^RequestExpired/.test(code)) return { ...sessionEnded(found, 'proven'), because }
  if (/^InvalidClientTokenId|^UnrecognizedClient|^InvalidAccessKeyId/.test(code)) {
    const partition = foundIn(found, 'region')?.partition
    const where = partition === undefined || partition === 'aws' ? '' : `, in the partition ${partition}`
    return {
      id: 'key',
      certainty: 'proven',
      title: `AWS knows no active key ${key}${where}`,
      because,
      cures: [...renewal(found), act('a key that starts with ASIA needs its session token beside it')],
    }
  }
  // "Signature expired", "Signature not yet current": the clock's fault.
  if (!/^SignatureDoesNotMatch|^IncompleteSignature/.test(code) || /expired|not yet/.test(message))
    return undefined
  return {
    id: 'secret',
    certainty: 'proven',
    title: `The secret is not that of the key ${key}`,
    because,
    cures: [...renewal(found), act('mostly it was cut off or mixed up while it was copied')],
  }
}

/** What STS would have said. */
export const key: Rule = ofToken((found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'unknown' || credentials.temporary) return undefined
  return {
    id: 'key',
    certainty: 'possible',
    title: `The key ${credentials.keyId} is inactive or deleted, or its secret is another`,
    cures: [sh(aws(found, 'sts get-caller-identity')), act('from a machine that reaches STS')],
  }
})

export const partition: Rule = (found) => {
  const caller = foundIn(found, 'credentials')?.caller
  const region = foundIn(found, 'region')
  if (caller?.status !== 'known' || !region) return undefined
  const theirs = caller.arn.split(':')[1]
  if (theirs === region.partition) return undefined
  return {
    id: 'partition',
    certainty: 'proven',
    title: `The credentials are of the partition ${theirs}, and ${region.region} is in ${region.partition}`,
    because: `STS: ${caller.arn}; accounts of one partition are unknown in the others`,
    cures: [act('log in with credentials of an account there: --profile NAME')],
  }
}
