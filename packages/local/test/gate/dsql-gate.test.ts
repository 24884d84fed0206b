import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedServer } from '../../../../test/support/shared.ts'
import { type LocalRds, startLocalRds, type VerdictReason } from '../../src/index.ts'
import { connectPg } from '../support/clients.ts'
import { signAnything } from '../support/tokens.ts'

const HOST = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.eu-west-1.on.aws'

let local: LocalRds
beforeAll(async () => {
  local = await startLocalRds({
    engine: 'postgres',
    upstream: (await sharedServer('postgres')).upstream,
    endpoint: { host: HOST },
    users: ['admin', 'jane_doe'],
  })
})
afterAll(() => local.stop())

function sign(action: 'DbConnect' | 'DbConnectAdmin', at = Date.now()): string {
  const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '', AWS_REGION: region } = local.env
  const parameters = {
    Action: action,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${id}/${date.slice(0, 8)}/${region}/dsql/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host',
  }
  return signAnything({ host: HOST, secret, parameters })
}

it('acts as an Aurora DSQL cluster', () => {
  expect(local).toMatchObject({
    region: 'eu-west-1',
    endpoint: { host: HOST, port: 5432 },
    url: `postgres://admin@${HOST}:5432/postgres`,
  })
  expect(local.env.RDS_IAM_VIA).toBe(`127.0.0.1:${local.port}`)
})

it('logs users in with tokens for DSQL, into the database postgres', async () => {
  for (const [user, action] of [
    ['admin', 'DbConnectAdmin'],
    ['jane_doe', 'DbConnect'],
  ] as const) {
    const client = await connectPg(local, { user, database: 'postgres', token: sign(action) })
    const { rows } = await client.query('SELECT current_user AS who, current_database() AS db')
    expect(rows).toEqual([{ who: user, db: 'postgres' }])
    await client.end()
    expect(local.verdicts.at(-1)).toMatchObject({ admitted: true, user })
  }
})

describe("refuses with DSQL's errors", () => {
  const denied = { severity: 'FATAL', code: '28000', message: 'unable to accept connection, access denied' }

  it.each<[string, string, () => string, VerdictReason, string | undefined]>([
    ['a password', 'jane_doe', () => 'secret', 'not-a-token', undefined],
    [
      'the action of another user',
      'admin',
      () => sign('DbConnect'),
      'wrong-action',
      'Wrong user to action mapping. user: admin, action: DbConnect',
    ],
    [
      'an old token',
      'jane_doe',
      () => sign('DbConnect', Date.now() - 1_000_000),
      'expired',
      'Signature expired',
    ],
  ])('%s', async (_what, user, token, reason, hint) => {
    const login = connectPg(local, { user, database: 'postgres', token: token() })
    await expect(login).rejects.toMatchObject({ ...denied, hint })
    expect(local.verdicts.at(-1)?.reason).toBe(reason)
  })

  it.each([
    ['no server name in the TLS handshake', ''],
    ['another server name', 'localhost'],
  ])('%s', async (_what, servername) => {
    const ssl = { ca: local.ca, servername, checkServerIdentity: () => undefined }
    const login = connectPg(
      local,
      { user: 'admin', database: 'postgres', token: sign('DbConnectAdmin') },
      { ssl },
    )
    await expect(login).rejects.toMatchObject({
      message: 'unable to accept connection, sni was not received',
    })
    expect(local.verdicts.at(-1)?.reason).toBe('wrong-server-name')
  })

  it('no TLS', async () => {
    const login = connectPg(local, { user: 'admin', database: 'postgres', token: 'x', tls: false })
    await expect(login).rejects.toMatchObject(denied)
    expect(local.verdicts.at(-1)?.reason).toBe('no-tls')
  })
})
