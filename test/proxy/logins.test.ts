import { startProxy } from '@rds-iam/proxy'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { expect, it } from 'vitest'
import { enter, useLocalRds } from '../support/rds.ts'

const postgres = useLocalRds({ engine: 'postgres', users: ['jane_doe', 'joe'] })
const mysql = useLocalRds({ engine: 'mysql', users: ['jane_doe', 'joe'] })

it('pg logs in', async () => {
  enter(postgres())
  await using proxy = await startProxy()
  const client = new pg.Client(proxy.url)
  await client.connect()
  const { rows } = await client.query(
    'select current_user as who, ssl from pg_stat_ssl where pid = pg_backend_pid()',
  )
  expect(rows).toEqual([{ who: 'jane_doe', ssl: false }])
  expect(proxy.connections).toBe(1)
  await client.end()
  await proxy.check()
})

it('mysql2 logs in', async () => {
  enter(mysql())
  await using proxy = await startProxy()
  const client = await createConnection(proxy.url)
  const [rows] = await client.query('select current_user() as who')
  expect(rows).toEqual([{ who: 'jane_doe@%' }])
  await client.end()
  await proxy.check()
})
