// Runs one step with a time limit. It succeeds, fails, or is skipped because of another step.
import { type CredentialSource, RdsIamError } from '@rds-iam/core'
import type { Fault, Outcome } from './examination.ts'
import { firstLine } from './vocabulary.ts'

/** A failed step, with what it found before it failed. */
export class StepFault extends Error {
  readonly fault: Fault
  readonly found: unknown

  constructor(code: string, message: string, found?: unknown, source?: CredentialSource) {
    super(message)
    this.fault = { code, message, ...(source === undefined ? {} : { source }) }
    this.found = found
  }
}

/** A skipped step, and why. */
export class NotDone extends Error {}

/** Runs a step for at most `limitMs`, then aborts its signal. */
export async function step<F>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<F> | F,
): Promise<Outcome<F>> {
  const start = performance.now()
  const ms = (): number => Math.round(performance.now() - start)
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StepFault('timeout', `no answer within ${limitMs / 1000} s`))
      over.abort()
    }, limitMs)
  })
  try {
    const found = await Promise.race([work(over.signal), timeout])
    return { status: 'ok', ms: ms(), found }
  } catch (error) {
    if (error instanceof NotDone) return { status: 'skipped', ms: ms(), why: error.message }
    const fault = faultOf(error)
    // The cast holds because a step throws only its own findings.
    const found = error instanceof StepFault ? (error.found as F | undefined) : undefined
    return { status: 'failed', ms: ms(), fault, ...(found === undefined ? {} : { found }) }
  } finally {
    clearTimeout(timer)
  }
}

/** Returns what another step found. If it found nothing, skips this step. */
export async function need<F>(outcome: Promise<Outcome<F>>, otherwise: string): Promise<F> {
  const { status, ...rest } = await outcome
  if (status === 'ok' && 'found' in rest && rest.found !== undefined) return rest.found
  throw new NotDone(otherwise)
}

export function faultOf(error: unknown): Fault {
  if (error instanceof StepFault) return error.fault
  // For a name with several addresses, Node throws one error without a message that contains all errors.
  if (error instanceof AggregateError && error.errors.length > 0) return faultOf(error.errors[0])
  if (error instanceof RdsIamError) return { code: error.code, message: error.message }
  const { code, errno, message }: { code?: unknown; errno?: unknown; message?: unknown } = Object(error)
  const name = typeof errno === 'number' && errno > 0 ? errno : code // MySQL's numbers are positive, Node's are negative
  return { code: String(name ?? 'error'), message: firstLine(String(message ?? error)) }
}
