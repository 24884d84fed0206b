// Reads STS's answer from an error of the AWS SDK.
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

/** STS's own refusal. The SDK also names other answers, such as `NotFound`, but only STS's have a code. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { Code, $fault, message }: Answer = Object(error)
  if (typeof Code !== 'string' || $fault !== 'client') return undefined
  return { code: Code, message: safeText(String(message)) }
}

/** The fault if a request to assume a role got no answer from STS itself; undefined if something else failed. */
export function silenceOf(error: unknown): Fault | undefined {
  const { $metadata, message }: Answer = Object(error)
  const status = $metadata?.httpStatusCode
  if ((status !== undefined && status < 500) || /^Invalid response from STS/.test(String(message)))
    return { code: 'not-sts', message: `something other than STS answered: ${whyNot(error)}` }
  // The SDK's providers pass on the whole error of a request to STS, but only the message for other services.
  return $metadata === undefined ? undefined : { code: 'no-sts', message: `STS: ${whyNot(error)}` }
}

/** Why STS didn't answer. */
export function whyNot(error: unknown): string {
  const { $metadata }: Answer = Object(error)
  const status = $metadata?.httpStatusCode
  // For a successful status, the SDK's message says more.
  return status !== undefined && status >= 300 ? `HTTP status ${status}` : faultOf(error).message
}
