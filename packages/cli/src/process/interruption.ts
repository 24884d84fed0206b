// The signals that ask this process to end, as an abort signal that commands can wait for.

/** The reason of the abort is the name of the signal. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Leaves the signals to Node again. */
  forget(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function listenForSignals(): Interruption {
  const controller = new AbortController()
  const abort = (signal: NodeJS.Signals): void => controller.abort(signal)
  for (const signal of SIGNALS) process.on(signal, abort)
  return {
    signal: controller.signal,
    forget: () => {
      for (const signal of SIGNALS) process.off(signal, abort)
    },
  }
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
}
