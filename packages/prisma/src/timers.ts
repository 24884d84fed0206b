// Watches the timers that a library starts, because code outside of the library can't stop them.
import { AsyncResource, createHook, executionAsyncId } from 'node:async_hooks'

export interface Watched<T> {
  /** What `act` returned. */
  readonly value: T
  /** From now on, no timer of that work keeps the process alive, whether it runs already or starts later. */
  release(): void
  /** Stops watching for timers. */
  stop(): void
}

/** Runs `act`, and tracks the timers that it starts, directly or later. */
export function watchTimers<T>(act: () => T): Watched<T> {
  const scope = new AsyncResource('rds-iam')
  // The IDs of what the work has started. An AsyncLocalStorage would know too, but slows every promise down.
  const work = new Set([scope.asyncId()])
  const timers = new Set<NodeJS.Timeout>()
  let released = false
  const hook = createHook({
    init(id, type, _trigger, resource) {
      if (!work.has(executionAsyncId())) return
      work.add(id)
      if (type !== 'Timeout') return
      const timer = resource as NodeJS.Timeout // Node's resource of this type is the timer itself
      if (released) timer.unref()
      else timers.add(timer)
    },
  }).enable()
  return {
    value: scope.runInAsyncScope(act),
    release: () => {
      released = true
      for (const timer of timers) timer.unref()
      timers.clear()
    },
    stop: () => {
      hook.disable()
      work.clear()
      timers.clear()
    },
  }
}
