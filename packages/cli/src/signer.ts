// Signs tokens for a target without connecting to it.
import { createTokenSource, type IamTarget, type TokenSource } from '@rds-iam/core'

/** Works in any region. Bundled roots are needed only to verify a server, and this connects to none. */
export function signerOf(target: IamTarget): TokenSource {
  return createTokenSource({ ...target, dangerouslySkipServerVerification: true })
}
