// A local RDS for tests: see startLocalRds.
export type { AwsKey } from './admission/admission.ts'
export type { Verdict, VerdictReason } from './admission/verdict.ts'
export {
  LocalRdsError,
  type LocalRdsErrorCode,
  type LocalRdsProblem,
  type OptionReference,
  type Phrase,
} from './errors.ts'
export { type LocalRds, startLocalRds } from './local-rds.ts'
export type { LocalEndpoint, LocalRdsOptions } from './options/options.ts'
