// What came of asking STS, as the error of AWS's SDK tells it.
import type { Fault } from '../examination.ts'
import { faultOf } from '../step.ts'

interface Refusal {
  readonly code: string
  readonly message: string
}

/** What the SDK's errors may bear. */
interface Answer {
  readonly Code?: unknown
  readonly $fault?: unknown
  readonly message?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** STS's own no. The SDK names any other answer, too, as `NotFound`; but a code is only where STS has said one. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { Code, $fault, message }: Answer = Object(error)
  if (typeof Code !== 'string' || $fault !== 'client') return undefined
  return { code: Code, message: withoutRequest(String(message)) }
}

/** The fault where STS was to be asked for a role, and no word of its own came; undefined if that is not what failed. */
export function silenceOf(error: unknown): Fault | undefined {
  const { $metadata, message }: Answer = Object(error)
  const status = $metadata?.httpStatusCode
  if ((status !== undefined && status < 500) || /^Invalid response from STS/.test(String(message)))
    return { code: 'not-sts', message: `in place of STS: ${whyNot(error)}` }
  // The SDK's sources of credentials hand on what a request to STS ended with; of other services, its words alone.
  return $metadata === undefined ? undefined : { code: 'no-sts', message: `STS: ${whyNot(error)}` }
}

/** Why there is no word of STS. */
export function whyNot(error: unknown): string {
  const { $metadata }: Answer = Object(error)
  const status = $metadata?.httpStatusCode
  // One of success tells less than what the SDK makes of the answer.
  return status !== undefined && status >= 300 ? `HTTP status ${status}` : faultOf(error).message
}

/** AWS may quote the request that it would have signed, session token and all. */
function withoutRequest(message: string): string {
  return message.replace(/\s*(?:\n|The Canonical String).*/s, '')
}
