// The drivers' own debug logs show every packet, but not the token.
import { iamMariaDbConfig, iamMariaDbPool } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import * as mariadb from 'mariadb'
import * as mariadbOldest from 'mariadb-oldest'
import mysql2 from 'mysql2'
import mysql2Oldest from 'mysql2-oldest'
import { afterEach, expect, it, vi } from 'vitest'
import { enter, useLocalRds } from '../support/rds.ts'

const rds = useLocalRds({ engine: 'mysql' })

/** A driver logs to the console, unless it accepts a logger. */
let logged: string[]
const log = (...words: unknown[]): void => void logged.push(words.map(String).join(' '))
afterEach(() => vi.restoreAllMocks())

const mysql2Login = (driver: typeof mysql2) => async () => {
  const connection = driver.createConnection({ ...iamMysql2Config(), debug: true })
  await connection.promise().query('SELECT 1')
  await connection.promise().end()
}
const mariaDbLogin = (driver: typeof mariadb, option: object) => async () => {
  const connection = await driver.createConnection({ ...iamMariaDbConfig(), ...option })
  await connection.query('SELECT 1')
  await connection.end()
}
const mariaDbPool = (driver: typeof mariadb, option: object) => async () => {
  const pool = iamMariaDbPool(driver, { ...option, connectionLimit: 1 })
  await pool.query('SELECT 1')
  await pool.end()
}
// The types of the old versions differ only in parts that aren't used here.
const oldMysql2 = mysql2Oldest as unknown as typeof mysql2
const oldMariaDb = mariadbOldest as unknown as typeof mariadb

const dumps = { debug: true, debugLen: 4_096 }
it.each([
  { name: 'mysql2 3.9', login: mysql2Login(oldMysql2) },
  { name: 'mysql2 3.24', login: mysql2Login(mysql2) },
  { name: 'mariadb 3.4', login: mariaDbLogin(oldMariaDb, dumps) },
  { name: 'mariadb 3.5', login: mariaDbLogin(mariadb, dumps) },
  { name: 'mariadb 3.5 with a logger', login: mariaDbLogin(mariadb, { ...dumps, logger: log }) },
  { name: "mariadb's pool", login: mariaDbPool(mariadb, dumps) },
  { name: "mariadb's pool with a logger", login: mariaDbPool(mariadb, { ...dumps, logger: log }) },
])('$name logs its statements with debug, and no token', async ({ login }) => {
  logged = []
  for (const method of ['log', 'trace', 'error'] as const) vi.spyOn(console, method).mockImplementation(log)
  enter(rds())
  await login()
  expect(bytes()).toContain('SELECT 1')
  expect(bytes()).not.toContain('X-Amz-')
})

/** The packets in the log. Drivers write them as hexadecimal digits, in one line or as a table. */
function bytes(): string {
  const lines = logged.flatMap((words) => words.split('\n'))
  const digits = lines.map((line) =>
    (/^\|((?: +[0-9a-f]{2})+) /i.exec(line)?.[1] ?? line).replaceAll(/\s/g, ''),
  )
  return digits
    .map((line) => Buffer.from(/[0-9a-f]+$/i.exec(line)?.[0] ?? '', 'hex').toString('latin1'))
    .join('')
}
