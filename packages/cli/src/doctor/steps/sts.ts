// Reads what STS answered from the error of AWS's SDK.
import { safeText } from '@rds-iam/core'
import type { Fault } from '../examination.ts'
import { faultOf } from '../step.ts'

interface Refusal {
  readonly code: string
  readonly message: string
}

/** Fields that the SDK's errors may have. */
interface Answer {
  readonly Code?: unknown
  readonly $fault?: unknown
  readonly message?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** STS's own refusal. The SDK gives names to other answers too, such as `NotFound`, but only STS's have a code. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { Code, $fault, message }: Answer = Object(error)
  if (typeof Code !== 'string' || $fault !== 'client') return undefined
  return { code: Code, message: safeText(String(message)) }
}

/** The fault if STS was to be asked for a role and did not answer itself; undefined if something else failed. */
export function silenceOf(error: unknown): Fault | undefined {
  const { $metadata, message }: Answer = Object(error)
  const status = $metadata?.httpStatusCode
  if ((status !== undefined && status < 500) || /^Invalid response from STS/.test(String(message)))
    return { code: 'not-sts', message: `something other than STS answered: ${whyNot(error)}` }
  // The SDK's sources of credentials pass on the error of a request to STS; of other services, only its message.
  return $metadata === undefined ? undefined : { code: 'no-sts', message: `STS: ${whyNot(error)}` }
}

/** Why there is no answer of STS. */
export function whyNot(error: unknown): string {
  const { $metadata }: Answer = Object(error)
  const status = $metadata?.httpStatusCode
  // A status of success says less than what the SDK makes of the answer.
  return status !== undefined && status >= 300 ? `HTTP status ${status}` : faultOf(error).message
}
