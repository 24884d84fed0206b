// The credentials that would sign: for programs that explain them, or that then use them to ask AWS.

import { readIdentity } from '../connect/read-identity.ts'
import type { CredentialSource } from '../credential-source.ts'
import { Problems } from '../problems.ts'
import { readEndpoint } from '../target/endpoint.ts'
import { readOptions } from '../target/own-options.ts'
import type { AwsCredentials, IamTarget } from '../target/target.ts'
import { type Resolution, resolveCredentials } from '../token/credentials.ts'
import { shownKeyId } from '../token/token.ts'

/** What `inspectCredentials()` finds. */
export interface CredentialInspection {
  /** First and last 4 characters of the access key ID. */
  readonly keyId: string
  /** The source in the SDK's chain; undefined if you passed the credentials, or if the SDK doesn't say. */
  readonly source: CredentialSource | undefined
  /** Whether they are temporary. */
  readonly temporary: boolean
  /** When they expire; undefined if they don't, or if the source doesn't say, as with environment variables. */
  readonly endsAt: Date | undefined
}

/**
 * Resolves the credentials that would sign a token for the target, and returns the facts about them that aren't
 * secret. Only the identity options of the target have to be right.
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
 * The credentials that would sign a token for the target, as a provider for the AWS SDK's clients.
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
  const own: IamTarget = readOptions(target, 'target', "{ profile: 'prod' }", problems)
  const { region = '' } = readEndpoint(own, new Problems(), process.env)
  const identity = readIdentity(own, region, problems)
  if (problems.any) throw problems.toError()
  return resolveCredentials(identity)
}
