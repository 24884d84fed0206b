// Runs with every test file, and fails it if something that a user could log holds a secret. It learns the keys where
// they sign: it replaces `crypto.createHmac`. It learns session tokens from the tokens that contain them, and the
// passwords of proxies where they start. It then looks for them, and for parts of tokens, in all errors of core,
// proxy, local and cli, in their messages on diagnostics channels, in what the console and the doctor print, and in token
// sources.
import crypto from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { syncBuiltinESMExports } from 'node:module'
import { inspect } from 'node:util'
import { afterAll, expect, vi } from 'vitest'

/** The keys that have signed something, session tokens, and passwords of proxies. */
const secrets = new Set<string>()
/** Some tests use words such as "secret", which messages may contain. */
function learn(secret: string | undefined): void {
  if (secret && secret.length > 12) secrets.add(secret)
}
let signings = 0
const { createHmac } = crypto
crypto.createHmac = (algorithm, key, options) => {
  const text = typeof key === 'string' ? key : Buffer.isBuffer(key) ? key.toString() : ''
  if (text.startsWith('AWS4')) {
    signings++
    learn(text.slice(4))
  }
  return createHmac(algorithm, key, options)
}
syncBuiltinESMExports()

/** The secret parts of a token. The gate's tests mention tokens, but no output for users may. */
const TOKEN = /X-Amz-(Signature|Security-Token)=[^&\s"']/

const { seen, objects, record, recording } = vi.hoisted(() => {
  const seen: { readonly value: unknown; readonly test: string | undefined }[] = []
  const record = <T>(value: T): T => {
    seen.push({ value, test: expect.getState().currentTestName })
    return value
  }
  /** The same class to `instanceof` and `extends`, wherever the error is created. */
  const recording = <C extends new (...args: never[]) => Error>(errors: C): C =>
    new Proxy(errors, {
      construct: (target, args, made) => record(Reflect.construct(target, args, made)),
    })
  return { seen, objects: [] as unknown[], record, recording }
})

let signed = 0
subscribe('rds-iam:token:signed', () => signed++)
for (const name of [
  'rds-iam:token:signed',
  'rds-iam:renewal:failed',
  'rds-iam:login:rejected',
  'rds-iam:proxy:opened',
  'rds-iam:proxy:closed',
  'rds-iam:proxy:rejected',
]) {
  subscribe(name, record)
}
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const write = console[method].bind(console)
  console[method] = (...words: unknown[]) => {
    record(words)
    write(...words)
  }
}

vi.mock('../../packages/core/src/errors.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/errors.ts')>()
  return { ...original, RdsIamError: recording(original.RdsIamError) }
})

vi.mock('../../packages/proxy/src/rejection.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/proxy/src/rejection.ts')>()
  // These create rejections with the class in their own file.
  const wrongPassword: typeof original.wrongPassword = (...args) => record(original.wrongPassword(...args))
  const clientFault: typeof original.clientFault = (...args) => record(original.clientFault(...args))
  const serverFault: typeof original.serverFault = (...args) => record(original.serverFault(...args))
  return { ...original, Rejection: recording(original.Rejection), wrongPassword, clientFault, serverFault }
})

vi.mock('../../packages/local/src/errors.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/local/src/errors.ts')>()
  return { ...original, LocalRdsError: recording(original.LocalRdsError) }
})

vi.mock('../../packages/cli/src/failure.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/cli/src/failure.ts')>()
  return { ...original, Failed: recording(original.Failed), UsageError: recording(original.UsageError) }
})

vi.mock('../../packages/core/src/connect/login.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/connect/login.ts')>()
  const explainRejection: typeof original.explainRejection = (error, ...others) => {
    original.explainRejection(error, ...others)
    record(error)
  }
  return { ...original, explainRejection }
})

vi.mock('../../packages/core/src/token/token-source.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/token/token-source.ts')>()
  const tokenSource: typeof original.tokenSource = (...args) => {
    const source = original.tokenSource(...args)
    objects.push(source)
    return source
  }
  return { ...original, tokenSource }
})

vi.mock('../../packages/core/src/token/token.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/core/src/token/token.ts')>()
  const signToken: typeof original.signToken = (...args) => {
    const token = original.signToken(...args)
    const session = /X-Amz-Security-Token=([^&]+)/.exec(token.value)?.[1]
    learn(session && decodeURIComponent(session))
    return token
  }
  return { ...original, signToken }
})

vi.mock('../../packages/proxy/src/start-proxy.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/proxy/src/start-proxy.ts')>()
  const startProxy: typeof original.startProxy = async (...args) => {
    const proxy = await original.startProxy(...args)
    learn(proxy.env.PGPASSWORD ?? proxy.env.MYSQL_PWD)
    return proxy
  }
  return { ...original, startProxy }
})

/** Looks for secrets in the output of a command too. */
export function watchOutput(text: string): void {
  record(text)
}

/** Everything of a value that a logger could print. */
function printed(value: unknown): string {
  const whole = inspect(value, { depth: 12, showHidden: true, getters: true, maxArrayLength: 100 })
  return value instanceof Error
    ? `${whole}\n${value.message}\n${value.stack}\n${JSON.stringify(value)}`
    : whole
}

afterAll(() => {
  // The lines of a stack hold no secret, and to map them to the sources takes most of the time.
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = String
  try {
    lookForSecrets()
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
})

function lookForSecrets(): void {
  if (signed > 0) expect(signings, 'the watch over secrets sees no signing any more').toBeGreaterThan(0)
  const sources = objects.slice(0, 200).map((value) => ({ value, test: 'any' }))
  for (const { value, test = 'none' } of [...seen, ...sources]) {
    const text = printed(value)
    const where = `in the test "${test}", in: ${text.slice(0, 500)}`
    expect(TOKEN.test(text), `a token ${where}`).toBe(false)
    const shown = [...secrets].filter((secret) => text.includes(secret))
    expect(shown, `a secret ${where}`).toEqual([])
  }
}
