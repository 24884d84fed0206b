// Aurora DSQL: a target needs only a cluster's host name. The gate checks tokens and the server name in the TLS
// handshake (SNI) as DSQL does.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { channels, type IamTarget, type LoginRejectedEvent } from '@rds-iam/core'
import { startProxy } from '@rds-iam/proxy'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'
import { type Stack, stacks } from '../support/stacks.ts'

const CLUSTER = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws'
/** The same cluster through AWS PrivateLink. */
const PRIVATE = CLUSTER.replace('dsql', 'dsql-fnh4')
const USERS = ['admin', 'jane_doe']

const rds = useLocalRds({ engine: 'postgres', endpoint: { host: CLUSTER }, users: USERS })
const privately = useLocalRds({ engine: 'postgres', endpoint: { host: PRIVATE }, users: USERS })

const WHERE = 'SELECT current_user::text AS "user", current_database()::text AS database'

/** Logs in to the gate with `target`, and returns the user and the database. */
async function whereAmI(stack: Stack, target: IamTarget, gate = rds()): Promise<unknown> {
  enter(gate)
  const db = await stack.open({ ...target, via: `127.0.0.1:${gate.port}` }, 1)
  return db.query(WHERE).finally(() => db.close())
}

describe.each(stacks.filter(({ engine }) => engine === 'postgres'))('$name', (stack) => {
  it.each(USERS)('logs in to a cluster, with a token for %s', async (user) => {
    const verdicts = await verdictsOf(rds(), async () =>
      expect(await whereAmI(stack, { host: CLUSTER, user })).toEqual([{ user, database: 'postgres' }]),
    )
    expect(verdicts).toMatchObject([{ admitted: true, user }])
  })

  it('logs in through AWS PrivateLink, with the name in the token and the certificate', async () => {
    expect(await whereAmI(stack, { host: PRIVATE, user: 'admin' }, privately())).toHaveLength(1)
  })

  it('explains a rejected login with only a wrong key', async () => {
    const credentials = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'x' }
    const rejected: LoginRejectedEvent[] = []
    const hear = (event: unknown) => rejected.push(event as LoginRejectedEvent) // the channel documents its messages
    subscribe(channels.loginRejected, hear)
    const verdicts = await verdictsOf(rds(), async () => {
      await expect(whereAmI(stack, { host: CLUSTER, user: 'jane_doe', credentials })).rejects.toThrow(
        /unable to accept connection, access denied/,
      )
    }).finally(() => unsubscribe(channels.loginRejected, hear))
    expect(new Set(verdicts.map(({ reason }) => reason))).toEqual(new Set(['unknown-key']))
    expect(rejected[0]).toMatchObject({
      endpoint: `${CLUSTER}:5432`,
      region: 'us-east-1',
      keyId: 'AKIA…0001',
      error: {
        code: '28000',
        message: expect.stringContaining(
          `npx rds-iam doctor postgresql://jane_doe@${CLUSTER}:5432/postgres --via 127.0.0.1:${rds().port}`,
        ),
      },
    })
  })
})

describe('the proxy', () => {
  it('logs in to a cluster, and gives its clients the database postgres', async () => {
    enter(rds())
    const via = `127.0.0.1:${rds().port}`
    await using proxy = await startProxy({ host: CLUSTER, user: 'admin', via })
    expect(proxy.env).toMatchObject({ PGUSER: 'admin', PGDATABASE: 'postgres' })
    const client = new pg.Client(proxy.url)
    await client.connect()
    const { rows } = await client.query(WHERE)
    await client.end()
    expect(rows).toEqual([{ user: 'admin', database: 'postgres' }])
    await proxy.check()
  })
})
