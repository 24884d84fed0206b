// The sources that AWS credentials may come from, as names for programs, and in words for people.

/**
 * A source of AWS credentials in the AWS SDK's chain.
 *
 * - `environment`: keys in environment variables.
 * - `shared-config`: a profile in the shared config files, including SSO, and roles that it assumes.
 * - `process`: the program that `credential_process` names.
 * - `web-identity`: the token in the file that `AWS_WEB_IDENTITY_TOKEN_FILE` names, as on EKS.
 * - `container`: the endpoint of a container, as on ECS or with EKS Pod Identity.
 * - `instance-metadata`: the metadata service of EC2.
 */
export type CredentialSource =
  | 'environment'
  | 'shared-config'
  | 'process'
  | 'web-identity'
  | 'container'
  | 'instance-metadata'

/** A source that was asked for credentials. */
export interface TriedSource {
  /** The one that was asked. */
  readonly source: CredentialSource
  /** Why it has none, in the AWS SDK's words, without secrets. Undefined if the SDK doesn't say. */
  readonly reason?: string
}

const WORDS: Readonly<Record<CredentialSource, string>> = {
  environment: 'environment variables',
  'shared-config': 'shared config files',
  process: 'credential_process',
  'web-identity': 'web identity token',
  container: 'container endpoint',
  'instance-metadata': 'EC2 metadata service',
}

/** Without a source, the credentials were passed as an option. */
export function sourceInWords(source: CredentialSource | undefined): string {
  return source === undefined ? 'the credentials option' : WORDS[source]
}
