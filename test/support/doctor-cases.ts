// Examinations as the doctor may see them: everything is good except for what a test changes.
import type { Case, Cause } from '../../packages/cli/src/doctor/causes/index.ts'
import type { Findings, Outcome } from '../../packages/cli/src/doctor/examination.ts'

export const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'

export const found: Findings = {
  options: { values: [], problems: [] },
  region: { region: 'us-east-1', origin: { from: 'host' }, partition: 'aws', kind: 'instance' },
  dns: { name: HOST, addresses: ['10.0.3.17'], cnames: [] },
  tcp: { address: '10.0.3.17:5432' },
  tls: {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    expected: HOST,
    names: [HOST],
    validUntil: '2027-03-01T00:00:00.000Z',
    issuers: [
      'Amazon RDS us-east-1 Subordinate CA RSA2048 G1.A.2',
      'Amazon RDS us-east-1 Root CA RSA2048 G1',
    ],
    root: { name: 'Amazon RDS us-east-1 Root CA RSA2048 G1', from: 'bundle' },
  },
  clock: { source: 'sts.us-east-1.amazonaws.com', aheadMs: 200 },
  credentials: {
    keyId: 'ASIA…4XQP',
    source: 'instance-metadata',
    temporary: true,
    endsAt: '2026-01-01T06:00:00.000Z',
    caller: {
      status: 'known',
      account: '123456789012',
      arn: 'arn:aws:sts::123456789012:assumed-role/orders-api/i-0abc',
    },
  },
  token: {
    host: HOST,
    port: 5432,
    user: 'jane_doe',
    region: 'us-east-1',
    keyId: 'ASIA…4XQP',
    signedAt: '2026-01-01T00:00:00.000Z',
    endsAt: '2026-01-01T00:15:00.000Z',
    length: 1234,
  },
  login: { driver: 'pg 8.23.1', ofProject: true, tokenSent: true },
  session: {
    user: 'jane_doe',
    database: 'app',
    version: 'PostgreSQL 17.4',
    tls: 'TLSv1.3',
    readOnly: false,
    aheadMs: 200,
  },
}

export const ok = <F>(value: F): Outcome<F> => ({ status: 'ok', ms: 1, found: value })
export const failed = <F>(code: string, message: string, value?: F): Outcome<F> => ({
  status: 'failed',
  ms: 1,
  fault: { code, message },
  ...(value === undefined ? {} : { found: value }),
})
export const skipped = { status: 'skipped', ms: 0, why: 'not now' } as const

const PAM = failed('28000', 'PAM authentication failed for user "jane_doe"', found.login)

/** A login that PAM rejected, with all other steps good except for the given ones. */
export function caseOf(steps: Partial<Case['steps']>, subject: Partial<Case['subject']> = {}): Case {
  return {
    subject: {
      engine: 'postgres',
      host: HOST,
      port: 5432,
      user: 'jane_doe',
      database: 'app',
      via: undefined,
      cname: false,
      profile: undefined,
      role: undefined,
      ...subject,
    },
    steps: {
      options: ok(found.options),
      region: ok(found.region),
      dns: ok(found.dns),
      tcp: ok(found.tcp),
      tls: ok(found.tls),
      clock: ok(found.clock),
      credentials: ok(found.credentials),
      token: ok(found.token),
      login: PAM,
      session: skipped,
      ...steps,
    },
  }
}

export const ranked = (causes: readonly Cause[]): string[] =>
  causes.map(({ id, certainty }) => `${id} ${certainty}`)
export const commands = (causes: readonly Cause[]): string[] =>
  causes.flatMap(({ cures }) => cures.map(({ text }) => text))
export const offline = (credentials: Partial<Findings['credentials']>) =>
  ok({ ...found.credentials, ...credentials, caller: { status: 'unknown' as const, why: 'ENOTFOUND' } })
