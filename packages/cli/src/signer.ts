// Who signs tokens for a target, and knows its endpoint, where nothing is dialled.
import { createTokenSource, type IamTarget, type TokenSource } from '@rds-iam/core'

/** Of any region: one without bundled roots is an error only for who verifies a server, and here there is none. */
export function signerOf(target: IamTarget): TokenSource {
  return createTokenSource({ ...target, dangerouslySkipServerVerification: true })
}
