// Logins by other means than connecting or a query: changeUser(), and importFile() of mariadb's pool.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { channels } from '@rds-iam/core'
import { iamMariaDbConfig, iamMariaDbPool } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import * as mariadb from 'mariadb'
import { createConnection } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { enter, useLocalRds } from '../support/rds.ts'

const rds = useLocalRds({ engine: 'mysql' })
const UNKNOWN = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'x'.repeat(40) }

/** The number of tokens that are signed during `act`. */
async function signedDuring(act: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hear = (): void => void count++
  subscribe(channels.tokenSigned, hear)
  await act().finally(() => unsubscribe(channels.tokenSigned, hear))
  return count
}

it('changeUser() of mysql2 sends no token if the server asks for another login, and drops none', async () => {
  enter(rds())
  const config = iamMysql2Config()
  const connection = await createConnection(config)
  // After the login, the gate relays everything to a server without IAM.
  await expect(connection.changeUser({ user: 'iam_user' })).rejects.toMatchObject({
    code: 'ERR_RDS_IAM_INSECURE_CONNECTION',
  })
  connection.destroy()
  expect(await signedDuring(async () => (await createConnection(config)).end())).toBe(0)
})

it('changeUser() of mariadb refuses another user and password at once, and drops no token', async () => {
  enter(rds())
  const config = iamMariaDbConfig()
  const connection = await mariadb.createConnection(config)
  const changed = connection.changeUser({ user: 'someone', password: 'x' })
  await expect(changed).rejects.toThrow('changeUser() sends a password that is fixed')
  connection.destroy()
  expect(await signedDuring(async () => (await mariadb.createConnection(config)).end())).toBe(0)
})

it("importFile() of mariadb's pool reports a rejected login at once", async () => {
  enter(rds())
  const file = join(newFolder(), 'dump.sql')
  writeFileSync(file, 'SELECT 1;')
  const pool = iamMariaDbPool(mariadb, { credentials: UNKNOWN, acquireTimeout: 60_000 })
  await expect(pool.importFile({ file })).rejects.toMatchObject({ errno: 1045 })
  await pool.end()
})

it("mariadb's pool takes back a connection that comes after its caller got the error of a failed login", async () => {
  enter(rds())
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = rds().env
  let calls = 0
  const credentials = async () => (calls++ === 0 ? UNKNOWN : { accessKeyId, secretAccessKey })
  const pool = iamMariaDbPool(mariadb, { credentials, connectionLimit: 1 })
  try {
    await expect(pool.getConnection()).rejects.toMatchObject({ errno: 1045 })
    expect(await pool.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  } finally {
    await pool.end()
  }
})

it("mariadb's pool keeps a logger function, and debug", async () => {
  enter(rds())
  const lines: string[] = []
  // mariadb accepts a function, but its types don't.
  const target: object = { debug: true, logger: (line: string) => void lines.push(line) }
  const pool = iamMariaDbPool(mariadb, target)
  try {
    await pool.query('SELECT 1')
  } finally {
    await pool.end()
  }
  expect(lines.join('\n')).toContain('SELECT 1')
  expect(lines.join('\n')).not.toContain('X-Amz-Signature')
})
