// Whose credentials would sign: for programs that explain, and for those that go on to ask AWS.
import { type AwsCredentials, type Resolution, resolveCredentials } from './credentials.ts'
import { readEndpoint } from './endpoint.ts'
import { Problems } from './errors.ts'
import { readIdentity } from './settings.ts'
import type { IamTarget } from './target.ts'
import { shownKeyId } from './token.ts'

/** What `inspectCredentials()` finds. */
export interface CredentialInspection {
  /** First and last 4 characters of the access key id. */
  readonly keyId: string
  /** The source of the SDK's chain that had them, in words; undefined if they were given, or if it doesn't tell. */
  readonly source: string | undefined
  /** Whether they are those of a session, which ends. */
  readonly temporary: boolean
  /** When they end; undefined if they don't, or if their source doesn't tell, as environment variables don't. */
  readonly endsAt: Date | undefined
}

/**
 * Resolves the credentials that would sign a token for the target, of which nothing but AWS's identity options
 * needs to be good, and tells of them what is no secret.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, `ERR_RDS_IAM_CREDENTIALS`, `…_TIMEOUT` or `…_EXPIRED`
 * @example
 * ```ts
 * import { inspectCredentials } from '@rds-iam/core'
 *
 * const { source, keyId } = await inspectCredentials({ profile: 'prod' })
 * console.log(`${keyId}, from ${source}`)
 * ```
 */
export async function inspectCredentials(target: IamTarget = {}): Promise<CredentialInspection> {
  const { credentials, endAt, source } = await resolve(target)
  return {
    keyId: shownKeyId(credentials.accessKeyId),
    source,
    temporary: Boolean(credentials.sessionToken),
    endsAt: endAt === undefined ? undefined : new Date(endAt),
  }
}

/**
 * The credentials that would sign a token for the target, as a provider that AWS's own clients take.
 *
 * @throws RdsIamError from the provider, as `inspectCredentials()`
 * @example
 * ```ts
 * import { credentialsOf } from '@rds-iam/core'
 *
 * const credentials = credentialsOf({ profile: 'prod' }) // new STSClient({ credentials, region })
 * ```
 */
export function credentialsOf(target: IamTarget = {}): () => Promise<AwsCredentials> {
  return async () => (await resolve(target)).credentials
}

async function resolve(target: IamTarget): Promise<Resolution> {
  const problems = new Problems()
  const { region = '' } = readEndpoint(target, undefined, new Problems(), process.env)
  const identity = readIdentity(target, region, problems)
  if (problems.any) throw problems.toError()
  return resolveCredentials(identity)
}
