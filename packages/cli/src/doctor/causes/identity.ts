// Causes on the side of AWS: clock, credentials, key, partition.
import { AHEAD_LIMIT_MS, apart, TOLERANCE_MS } from '../steps/clock.ts'
import { aws } from './aws.ts'
import { act, type Case, type Cause, type Cure, faultIn, foundIn, type Rule, sh } from './cause.ts'

/** A token lives 15 minutes, by the server's clock. */
const TOKEN_LIFE_MS = 900_000

export const clock: Rule = (found) => {
  const clock = foundIn(found, 'clock')
  if (!clock || Math.abs(clock.aheadMs) <= TOLERANCE_MS) return undefined
  const { aheadMs, source } = clock
  const always = aheadMs > AHEAD_LIMIT_MS || aheadMs < -TOKEN_LIFE_MS
  return {
    id: 'clock',
    certainty: always ? 'proven' : 'possible',
    title: `The clock of this machine is ${apart(aheadMs)} AWS's`,
    because: always
      ? aheadMs > 0
        ? 'tokens come from the future, and RDS takes 5 minutes of that at most'
        : 'tokens have ended when they are made: they live 15 minutes from their date'
      : `by the date that ${source} tells; tokens end early, or come from the future`,
    cures: [
      sh('sudo chronyc makestep'),
      act('or whatever sets the clock: a VM that slept, WSL, a container host'),
    ],
  }
}

export const credentials: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  const { profile } = found.subject
  switch (fault?.code) {
    case 'ERR_RDS_IAM_CREDENTIALS_EXPIRED':
      return { ...sessionEnded(found, 'proven'), because: firstLine(fault.message) }
    case 'ERR_RDS_IAM_CREDENTIALS':
      if (/\bSSO\b|sso login/i.test(fault.message))
        return { ...sessionEnded(found, 'proven'), because: firstLine(fault.message) }
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
    case 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT':
      return {
        id: 'credentials-timeout',
        certainty: 'proven',
        title: 'The source of the AWS credentials does not answer',
        because: firstLine(fault.message),
        cures: [
          sh(aws(found, 'sts get-caller-identity')),
          act('outside of AWS: AWS_EC2_METADATA_DISABLED=true'),
        ],
      }
    default:
      return undefined
  }
}

export const refused: Rule = (found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'refused') return undefined
  const { code, message } = credentials.caller
  const because = `STS: ${message} (${code})`
  const { keyId, source = 'the credentials given' } = credentials
  if (/^ExpiredToken|^RequestExpired/.test(code)) return { ...sessionEnded(found, 'proven'), because }
  if (/^InvalidClientTokenId|^UnrecognizedClient|^InvalidAccessKeyId/.test(code)) {
    const partition = foundIn(found, 'region')?.partition
    const where = partition === undefined || partition === 'aws' ? '' : ` in the partition ${partition}`
    return {
      id: 'key',
      certainty: 'proven',
      title: `AWS knows no active key ${keyId}${where}, which came from ${source}`,
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
    title: `The secret is not that of the key ${keyId}, which came from ${source}`,
    because,
    cures: [...renewal(found), act('mostly it was cut off or mixed up while it was copied')],
  }
}

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

export function sessionEnded(found: Case, certainty: Cause['certainty']): Cause {
  const source = foundIn(found, 'credentials')?.source
  return {
    id: 'session',
    certainty,
    title: `The session of the AWS credentials${source === undefined ? '' : ` from ${source}`} has ended`,
    cures: renewal(found),
  }
}

function renewal(found: Case): Cure[] {
  const source = foundIn(found, 'credentials')?.source
  const { profile } = found.subject
  if (source === 'environment variables') {
    return [
      sh('unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN'),
      act('or set them anew; a profile that renews itself beats keys in the environment'),
    ]
  }
  return [
    sh(`aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`),
    act('or whatever made the session'),
  ]
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
