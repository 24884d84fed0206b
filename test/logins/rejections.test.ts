import type { IamTarget } from '@rds-iam/core'
import type { VerdictReason } from '@rds-iam/local'
import { afterEach, describe, expect, it } from 'vitest'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { type Stack, stacks, statements } from '../support/stacks.ts'

const PORT = 4321
const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
const session = {
  accessKeyId: 'ASIASESSIONWHICHENDS',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
  sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE+/=',
}

/** How far the gate's clock is ahead of the client's, in milliseconds. */
let gateAhead = 0
afterEach(() => {
  gateAhead = 0
})

const servers = useServers({
  endpoint: { port: PORT },
  keys: [key, { ...session, expiration: new Date('2026-01-01T00:00:00Z') }],
  now: () => Date.now() + gateAhead,
})

const good: IamTarget = {
  host: 'localhost',
  port: PORT,
  user: 'iam_user',
  database: 'app',
  region: 'us-east-1',
  credentials: key,
}

/** Opens a stack with `target`, dialled at the gate, and asks for the user. */
async function whoAmI(stack: Stack, target: IamTarget, env: Record<string, string> = {}): Promise<unknown> {
  const rds = servers[stack.engine]()
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...keyless } = rds.env
  enter({ ...rds, env: { ...keyless, ...env } })
  const db = await stack.open({ ...target, engine: stack.engine, via: `127.0.0.1:${rds.port}` }, 1)
  try {
    return await db.query(statements[stack.engine].user)
  } finally {
    await db.close()
  }
}

describe.each(stacks)('$name, connected to another address than its endpoint', (stack) => {
  it('signs for the endpoint, and is admitted', async () => {
    expect(await whoAmI(stack, good)).toEqual([{ user: 'iam_user' }])
  })

  it.each<{ reason: VerdictReason; target: IamTarget; ahead?: number }>([
    { reason: 'wrong-host', target: { ...good, host: '127.0.0.1' } },
    { reason: 'wrong-port', target: { ...good, port: PORT + 1 } },
    { reason: 'wrong-region', target: { ...good, region: 'eu-west-1' } },
    {
      reason: 'unknown-key',
      target: { ...good, credentials: { ...key, accessKeyId: 'AKIANEVERHEARDOF0001' } },
    },
    { reason: 'wrong-signature', target: { ...good, credentials: { ...key, secretAccessKey: 'wrong' } } },
    { reason: 'session-ended', target: { ...good, credentials: session } },
    {
      reason: 'wrong-session-token',
      target: { ...good, credentials: { ...session, sessionToken: 'other' } },
    },
    { reason: 'user-not-allowed', target: { ...good, user: 'somebody' } },
    { reason: 'expired', target: good, ahead: 16 * 60_000 },
    { reason: 'not-yet-valid', target: good, ahead: -6 * 60_000 },
  ])(
    "is refused with RDS's error, and the gate knows the reason: $reason",
    async ({ reason, target, ahead = 0 }) => {
      gateAhead = ahead
      const user = target.user ?? ''
      const words =
        stack.engine === 'postgres'
          ? `PAM authentication failed for user "${user}"`
          : `Access denied for user '${user}'@'127.0.0.1' (using password: YES)`
      const failed: unknown[] = []
      const verdicts = await verdictsOf(servers[stack.engine](), async () => {
        await whoAmI(stack, target).catch((error: unknown) => failed.push(error))
      })
      expect(verdicts.length).toBeGreaterThan(0)
      for (const verdict of verdicts) expect(verdict).toMatchObject({ admitted: false, reason })
      expect(failed.map(String)).toEqual([expect.stringContaining(words)])
    },
  )

  it('fails before the login without credentials, and lists the sources tried', async () => {
    const { credentials: _, ...target } = good
    const failed: unknown[] = []
    const verdicts = await verdictsOf(servers[stack.engine](), async () => {
      const withoutCredentials = {
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      }
      await whoAmI(stack, target, withoutCredentials).catch((error: unknown) => failed.push(error))
    })
    expect(failed.map(String)).toEqual([
      expect.stringMatching(/Sources tried.*environment variables.*shared config/s),
    ])
    expect(verdicts.filter(({ keyId }) => keyId !== undefined)).toEqual([])
  })
})
