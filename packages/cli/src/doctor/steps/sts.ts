// What came of asking STS, as the error of AWS's SDK tells it.
import { firstLine } from '../step.ts'

interface Refusal {
  readonly code: string
  readonly message: string
}

/** STS's own no. The SDK names any other answer, too, as `NotFound`; but a code is only where STS has said one. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { Code, $fault, message }: { Code?: unknown; $fault?: unknown; message?: unknown } = Object(error)
  if (typeof Code !== 'string' || $fault !== 'client') return undefined
  return { code: Code, message: withoutRequest(String(message)) }
}

/** Why there is no word of STS. */
export function whyNot(error: unknown): string {
  const { code, message }: { code?: unknown; message?: unknown } = Object(error)
  const status = statusOf(error)
  // One of success tells less than what the SDK makes of the answer.
  return status !== undefined && status >= 300 ? `HTTP status ${status}` : firstLine(String(code ?? message))
}

/** Of the answer, if one came. */
function statusOf(error: unknown): number | undefined {
  const { $metadata }: { $metadata?: { httpStatusCode?: number } } = Object(error)
  return $metadata?.httpStatusCode
}

/** AWS may quote the request that it would have signed, session token and all. */
function withoutRequest(message: string): string {
  return message.replace(/\s*(?:\n|The Canonical String).*/s, '')
}
