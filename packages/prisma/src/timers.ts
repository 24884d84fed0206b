// Watches the timers that a library starts, because code outside of the library can't stop them.
import { AsyncLocalStorage, createHook } from 'node:async_hooks'

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
  const work = new AsyncLocalStorage<true>()
  const timers = new Set<NodeJS.Timeout>()
  let released = false
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type !== 'Timeout' || !work.getStore()) return
      const timer = resource as NodeJS.Timeout // Node's resource of this type is the timer itself
      if (released) timer.unref()
      else timers.add(timer)
    },
  }).enable()
  return {
    value: work.run(true, act),
    release: () => {
      released = true
      for (const timer of timers) timer.unref()
      timers.clear()
    },
    stop: () => {
      hook.disable()
      work.disable() // or Node.js would track the work of the whole process from now on
      timers.clear()
    },
  }
}
