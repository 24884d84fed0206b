// The doctor as a function: see diagnose. The command line is in bin.ts.
export type { Case, Cause, Certainty, Cure } from './doctor/causes/cause.ts'
export { type Diagnosis, diagnose } from './doctor/diagnose.ts'
export type {
  Caller,
  ClockFound,
  CredentialsFound,
  DnsFound,
  Examination,
  Fault,
  Findings,
  LoginFound,
  OptionsFound,
  Outcome,
  RegionFound,
  SessionFound,
  StepName,
  Subject,
  TcpFound,
  TlsFound,
  TokenFound,
  Value,
} from './doctor/examination.ts'
