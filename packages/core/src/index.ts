// The public face of @rds-iam/core. The bindings are entries of their own: /pg, /mysql2, /mariadb.

export { iamDatabaseUrl } from './database-url.ts'
export {
  channels,
  type LoginFacts,
  type LoginRejectedEvent,
  type RenewalFailedEvent,
  type TokenSignedEvent,
} from './diagnostics.ts'
export type { DialAddress, Endpoint } from './endpoint.ts'
export { optionsError, type Problem, RdsIamError, type RdsIamErrorCode } from './errors.ts'
export type { RejectedLogin } from './login.ts'
export type { EndpointKind } from './rds-host.ts'
export type { Credentials, Engine, IamTarget, RoleToAssume, Via } from './target.ts'
export type { TokenFacts } from './token.ts'
export { createTokenSource, engineOf, type TokenSource } from './token-source.ts'
