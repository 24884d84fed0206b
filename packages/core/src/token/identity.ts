// Which credentials sign the tokens.
import type { Credentials, RoleToAssume } from '../target/target.ts'

/** The part of a target that decides which credentials are resolved. */
export interface Identity {
  readonly profile: string | undefined
  readonly role: RoleToAssume | undefined
  readonly credentials: Credentials | undefined
  /** Where STS is asked for the role. */
  readonly region: string
  readonly timeoutMs: number
}
