// A session of AWS credentials that has ended, and how another is had.
import { shellWord } from '../../shell.ts'
import { act, type Case, type Cause, type Cure, faultIn, foundIn, type Rule, sh } from './cause.ts'
import { ofToken } from './rejection.ts'

/** Nothing tells whether it still lives. */
export const session: Rule = ofToken((found) => {
  const credentials = foundIn(found, 'credentials')
  if (credentials?.caller.status !== 'unknown' || !credentials.temporary || credentials.endsAt !== undefined)
    return undefined
  return {
    ...sessionEnded(found, 'likely'),
    because: `${credentials.keyId} is of a session whose end is not told, and STS can't be asked (${credentials.caller.why})`,
  }
})

export function sessionEnded(found: Case, certainty: Cause['certainty']): Cause {
  const source = sourceOf(found)
  return {
    id: 'session',
    certainty,
    title: `The session of the AWS credentials${source === undefined ? '' : ` from ${source}`} has ended`,
    cures: renewal(found),
  }
}

export function renewal(found: Case): Cure[] {
  const { profile } = found.subject
  switch (sourceOf(found)) {
    case 'environment variables':
      return [
        sh('unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN'),
        act('or set them anew; a profile that renews itself beats keys in the environment'),
      ]
    case 'EC2 metadata service':
    case 'container endpoint':
      return [
        act('AWS renews these by itself: see that the role is still attached, and start the service anew'),
      ]
    case 'web identity token':
      return [act('see who writes the file AWS_WEB_IDENTITY_TOKEN_FILE: the token in it has ended')]
    default:
      return [
        sh(`aws sso login${profile === undefined ? '' : ` --profile ${shellWord(profile)}`}`),
        act('or whatever made the session'),
      ]
  }
}

function sourceOf(found: Case): string | undefined {
  return foundIn(found, 'credentials')?.source ?? faultIn(found, 'credentials')?.source
}
