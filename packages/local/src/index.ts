// A local RDS for tests: see startLocalRds.
export type { AwsKey } from './admission.ts'
export { LocalRdsError, type LocalRdsErrorCode } from './errors.ts'
export { type LocalRds, startLocalRds } from './local-rds.ts'
export type { LocalEndpoint, LocalRdsOptions } from './options.ts'
export type { Verdict, VerdictReason } from './verdict.ts'
