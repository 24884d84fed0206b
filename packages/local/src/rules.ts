// Turns the options into the gate's rules: calls their functions, and checks what these return.
import type { AwsKey, Rules } from './admission/admission.ts'
import { faultOfKey } from './options/key-checks.ts'
import type { Settings } from './options/options.ts'
import { kindOf } from './options/problems.ts'

export function rulesOf({ service, endpoint, region, users, keys, now }: Settings): Rules {
  return {
    service,
    endpoint: { host: endpoint.host, port: endpoint.port ?? 0 },
    region,
    users,
    findKey(id) {
      if (typeof keys !== 'function') return keys.find(({ accessKeyId }) => accessKeyId === id)
      const key: AwsKey | undefined = keys(id)
      if (key === undefined) return undefined
      assertNoPromise(key, '`keys` returned a promise; return the key itself')
      const fault = faultOfKey(key)
      if (fault !== undefined) throw new TypeError(`\`keys\` returned a bad key: ${fault}`)
      return key
    },
    now() {
      const ms = now()
      if (Number.isFinite(ms)) return ms
      assertNoPromise(ms, '`now` returned a promise; return milliseconds')
      throw new TypeError(`\`now\` returned ${typeof ms === 'number' ? ms : kindOf(ms)}; return milliseconds`)
    },
  }
}

/** For callers without TypeScript. If the promise rejects, the process must not end. */
function assertNoPromise(value: unknown, message: string): void {
  const { then }: { then?: unknown } = Object(value)
  if (typeof then !== 'function') return
  Promise.resolve(value).catch(() => {})
  throw new TypeError(message)
}
