// Causes in the AWS credentials: missing, too slow, expired, refused, or from another partition.
import type { CredentialSource } from '@rds-iam/core'
import { sourceInWords } from '@rds-iam/core/connect'
import { shellWord } from '../../shell.ts'
import { firstLine } from '../vocabulary.ts'
import {
  act,
  type Case,
  type Cause,
  type Cure,
  faultIn,
  foundIn,
  type Rule,
  sh,
  whenTokenRefused,
} from './cause.ts'
import { askAws } from './commands.ts'

export const credentials: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  const because = firstLine(fault?.message ?? '')
  switch (fault?.code) {
    case 'ERR_RDS_IAM_CREDENTIALS_EXPIRED':
      return { ...sessionEnded(found, 'proven'), because }
    case 'ERR_RDS_IAM_CREDENTIALS':
      if (/\bSSO\b|sso login/i.test(fault.message)) return { ...sessionEnded(found, 'proven'), because }
      return { ...missing(found.subject.profile), because }
    case 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT':
      return {
        id: 'credentials-timeout',
        certainty: 'proven',
        title: 'The source of the AWS credentials does not answer',
        because,
        cures: [
          sh(askAws(found, 'sts get-caller-identity')),
          act('outside of AWS, set AWS_EC2_METADATA_DISABLED=true'),
        ],
      }
    default:
      return undefined
  }
}

function missing(profile: string | undefined): Cause {
  return {
    id: 'credentials',
    certainty: 'proven',
    title: `There are no AWS credentials here${profile === undefined ? '' : ` for the profile ${profile}`}`,
    cures: [
      sh('aws configure list-profiles'),
      act(
        'then choose one with --profile or AWS_PROFILE; in AWS, give the instance, task or function a role',
      ),
    ],
  }
}

export const refused: Rule = (found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'refused') return undefined
  const { code, message } = credentials.caller
  const { keyId, source } = credentials
  return refusalByAws(found, code, message, `${keyId}, from ${sourceInWords(source)}`)
}

/** Why STS refuses credentials. `key` follows the words "access key". */
export function refusalByAws(found: Case, code: string, message: string, key: string): Cause | undefined {
  const because = `STS: ${message} (${code})`
  if (/^ExpiredToken|^RequestExpired/.test(code)) return { ...sessionEnded(found, 'proven'), because }
  if (/^InvalidClientTokenId|^UnrecognizedClient|^InvalidAccessKeyId/.test(code)) {
    const partition = foundIn(found, 'region')?.partition
    const where = partition === undefined || partition === 'aws' ? '' : ` in the partition ${partition}`
    return {
      id: 'key',
      certainty: 'proven',
      title: `AWS has no active access key ${key}${where}`,
      because,
      cures: [...renewal(found), act('a key that begins with ASIA works only with its session token')],
    }
  }
  // "Signature expired" and "Signature not yet current" mean that the clock is wrong.
  if (!/^SignatureDoesNotMatch|^IncompleteSignature/.test(code) || /expired|not yet/.test(message))
    return undefined
  return {
    id: 'secret',
    certainty: 'proven',
    title: `The secret does not belong to the access key ${key}`,
    because,
    cures: [...renewal(found), act('usually it was cut off or mixed up while being copied')],
  }
}

/** The same, if STS gives no answer. */
export const key: Rule = whenTokenRefused((found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'unknown' || credentials.temporary) return undefined
  return {
    id: 'key',
    certainty: 'possible',
    title: `The access key ${credentials.keyId} may be inactive or deleted, or its secret may be wrong`,
    cures: [sh(askAws(found, 'sts get-caller-identity')), act('run this on a machine that can reach STS')],
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
    title: `The credentials belong to the partition ${theirs}, but ${region.region} is in ${region.partition}`,
    because: `STS: ${caller.arn}; accounts of one partition do not exist in the others`,
    cures: [act('use credentials of an account in that partition: --profile NAME')],
  }
}

/** If it is unknown whether the session has ended. */
export const session: Rule = whenTokenRefused((found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'unknown' || !credentials.temporary || credentials.endsAt !== undefined)
    return undefined
  return {
    ...sessionEnded(found, 'likely'),
    because: `${credentials.keyId} is temporary, its expiry is unknown, and STS did not say whether it is valid (${credentials.caller.why})`,
  }
})

function sessionEnded(found: Case, certainty: Cause['certainty']): Cause {
  const source = sourceOf(found)
  const from = source === undefined ? '' : ` from ${sourceInWords(source)}`
  const title =
    certainty === 'proven'
      ? `The session of the AWS credentials${from} has ended`
      : `The session of the AWS credentials${from} has probably ended`
  return { id: 'session', certainty, title, cures: renewal(found) }
}

function renewal(found: Case): Cure[] {
  const { profile } = found.subject
  switch (sourceOf(found)) {
    case 'environment':
      return [
        sh('unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN'),
        act('or set new ones; a profile that renews itself is better than keys in the environment'),
      ]
    case 'instance-metadata':
    case 'container':
      return [
        act('AWS renews these automatically: check that the role is still attached, and restart the service'),
      ]
    case 'web-identity':
      return [
        act(
          'the token in the file that AWS_WEB_IDENTITY_TOKEN_FILE names has expired: check the program that writes it',
        ),
      ]
    default:
      return [
        sh(`aws sso login${profile === undefined ? '' : ` --profile ${shellWord(profile)}`}`),
        act('or start a new session the same way you started this one'),
      ]
  }
}

function sourceOf(found: Case): CredentialSource | undefined {
  return foundIn(found, 'credentials')?.source ?? faultIn(found, 'credentials')?.source
}
