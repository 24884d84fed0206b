// The signals that ask this process to end, as an abort signal that commands can wait for.

/** Aborts with the name of the signal as the reason. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Stops listening for the signals. */
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
