// The public face of @rds-iam/core. The bindings are entries of their own: /pg, /mysql2, /mariadb.

export { createTokenSource } from './create-token-source.ts'
export { type DatabaseUrlOptions, iamDatabaseUrl, type UrlReader } from './database-url.ts'
export {
  channels,
  type LoginFacts,
  type LoginRejectedEvent,
  type RenewalFailedEvent,
  type TokenSignedEvent,
} from './diagnostics.ts'
export type { DialAddress, Endpoint, EndpointParts, Origins, TcpAddress, UnixAddress } from './endpoint.ts'
export { engineOf, type Origin } from './engine.ts'
export { optionsError, type Problem, RdsIamError, type RdsIamErrorCode } from './errors.ts'
export { type CredentialInspection, credentialsOf, inspectCredentials } from './inspect-credentials.ts'
export { inspectTarget, type TargetInspection, type TrustedRoot } from './inspect-target.ts'
export { inspectToken, type TokenInspection } from './inspect-token.ts'
export type { RejectedLogin } from './login.ts'
export { type EndpointKind, parseRdsHost, type RdsHost } from './rds-host.ts'
export type { Credentials, Engine, IamTarget, RoleToAssume, TargetTls, Via } from './target.ts'
export type { TokenFacts } from './token.ts'
export type { TokenSource } from './token-source.ts'
