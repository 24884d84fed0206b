// Runs with every test file. Checks that no error, event, output or object in the tests contains a secret.
import crypto from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { syncBuiltinESMExports } from 'node:module'
import { inspect } from 'node:util'
import { afterAll, expect, vi } from 'vitest'

/** The secrets: the keys that have signed something, recorded when they are used. */
const secrets = new Set<string>()
const { createHmac } = crypto
crypto.createHmac = (algorithm, key, options) => {
  const text = typeof key === 'string' ? key : Buffer.isBuffer(key) ? key.toString() : ''
  // Some tests use words such as "secret", which messages may contain.
  if (text.startsWith('AWS4') && text.length > 16) secrets.add(text.slice(4))
  return createHmac(algorithm, key, options)
}
syncBuiltinESMExports()

/** The secret parts of a token. The gate's tests mention tokens, but no output for users may. */
const TOKEN = /X-Amz-(Signature|Security-Token)=[^&\s"']/

const seen: unknown[] = []
const objects: unknown[] = []
for (const name of ['rds-iam:token:signed', 'rds-iam:renewal:failed', 'rds-iam:login:rejected']) {
  subscribe(name, (message) => void seen.push(message))
}
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const write = console[method].bind(console)
  console[method] = (...words: unknown[]) => {
    seen.push(...words)
    write(...words)
  }
}

vi.mock('../../packages/core/src/errors.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/errors.ts')>()
  const record = <E>(error: E): E => {
    seen.push(error)
    return error
  }
  return {
    ...original,
    // The same class for `instanceof`, whoever creates the error.
    RdsIamError: new Proxy(original.RdsIamError, {
      construct: (target, args) => record(Reflect.construct(target, args)),
    }),
  }
})

vi.mock('../../packages/core/src/connect/login.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/connect/login.ts')>()
  const explainRejection: typeof original.explainRejection = (error, ...others) => {
    original.explainRejection(error, ...others)
    seen.push(error)
  }
  return { ...original, explainRejection }
})

vi.mock('../../packages/core/src/token/token-source.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/token/token-source.ts')>()
  const record = <S>(source: S): S => {
    objects.push(source)
    return source
  }
  return {
    ...original,
    tokenSource: (...args: Parameters<typeof original.tokenSource>) => record(original.tokenSource(...args)),
  }
})

/** Everything in a value that a logger could print. */
function printed(value: unknown): string {
  const whole = inspect(value, { depth: 12, showHidden: true, getters: true, maxArrayLength: 100 })
  return value instanceof Error
    ? `${whole}\n${value.message}\n${value.stack}\n${JSON.stringify(value)}`
    : whole
}

afterAll(() => {
  const texts = [...seen, ...objects.slice(0, 200)].map(printed)
  for (const text of texts) {
    expect(TOKEN.test(text), `a token in: ${text.slice(0, 500)}`).toBe(false)
    const shown = [...secrets].filter((secret) => text.includes(secret))
    expect(shown, `a secret in: ${text.slice(0, 500)}`).toEqual([])
  }
})
