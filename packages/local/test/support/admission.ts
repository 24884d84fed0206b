// The rules of a gate, and tokens that obey or violate them.
import { type AwsKey, admit, type Rules } from '../../src/admission/admission.ts'
import { Refusal } from '../../src/admission/verdict.ts'
import { signAnything } from './tokens.ts'

export const NOW: number = Date.parse('2026-03-01T12:00:00Z')
export const KEY: AwsKey = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a secret nobody may see' }
export const SESSION: AwsKey = {
  accessKeyId: 'ASIAIOSFODNN7SESSION',
  secretAccessKey: 'the other secret',
  sessionToken: 'Fwo/Gz+=',
}

export function rules(changes: Partial<Rules> = {}): Rules {
  return {
    service: 'rds-db',
    endpoint: { host: 'localhost', port: 5432 },
    region: 'us-east-1',
    users: ['jane_doe'],
    findKey: (id) => [KEY, SESSION].find((key) => key.accessKeyId === id),
    now: () => NOW,
    ...changes,
  }
}

export const GOOD = {
  Action: 'connect',
  DBUser: 'jane_doe',
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20260301/us-east-1/rds-db/aws4_request',
  'X-Amz-Date': '20260301T120000Z',
  'X-Amz-Expires': '900',
  'X-Amz-SignedHeaders': 'host',
} as const

/** A token with a valid signature, whatever else is wrong. Leaves out undefined parameters. */
export function token(
  changes: Record<string, string | undefined> = {},
  { host = 'localhost:5432', key = KEY } = {},
): string {
  const parameters = Object.fromEntries(
    Object.entries({ ...GOOD, ...changes }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
  return signAnything({ host, secret: key.secretAccessKey, parameters })
}

/** A token with a change in its credential. */
export function tokenOf(part: string, other: string): string {
  return token({ 'X-Amz-Credential': GOOD['X-Amz-Credential'].replace(part, other) })
}

export function refusal(
  password: string,
  { user = 'jane_doe', ...changes }: Partial<Rules> & { user?: string } = {},
): Refusal {
  try {
    admit(password, user, rules(changes))
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('it was admitted')
}
