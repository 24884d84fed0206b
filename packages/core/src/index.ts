// The main entry of @rds-iam/core. The bindings have separate entries: /pg, /mysql2, /mariadb.

export { createTokenSource } from './connect/create-token-source.ts'
export type { RejectedLogin } from './connect/login.ts'
export type { CredentialSource, TriedSource } from './credential-source.ts'
export {
  type OptionReference,
  type Origin,
  type Phrase,
  type Problem,
  RdsIamError,
  type RdsIamErrorCode,
} from './errors.ts'
export {
  type CredentialInspection,
  credentialsOf,
  inspectCredentials,
} from './inspect/inspect-credentials.ts'
export { inspectTarget, type TargetInspection } from './inspect/inspect-target.ts'
export { inspectToken, type TokenInspection } from './inspect/inspect-token.ts'
export { optionsError, type RenderedProblem, renameOptions, renderProblem } from './problems.ts'
export { safeText } from './safe-text.ts'
export type { Endpoint, EndpointParts, Origins } from './target/endpoint.ts'
export { DEFAULT_PORTS, engineOf } from './target/engine.ts'
export { isOptions, type OrUndefined, type Own, ownOptions } from './target/own-options.ts'
export { type Partition, partitionOf } from './target/partitions.ts'
export { type EndpointKind, parseRdsHost, type RdsHost } from './target/rds-host.ts'
export type {
  AwsCredentials,
  Credentials,
  Engine,
  GivenCredentials,
  IamTarget,
  RoleToAssume,
  TargetTls,
  Via,
} from './target/target.ts'
export type { DialAddress, TcpAddress, UnixAddress } from './target/via.ts'
export {
  channels,
  type LoginFacts,
  type LoginRejectedEvent,
  type RenewalFailedEvent,
  type TokenSignedEvent,
} from './token/diagnostics.ts'
export type { TokenFacts } from './token/token.ts'
export type { TokenSource } from './token/token-source.ts'
export type { TrustedRoot } from './trust/trust-store.ts'
