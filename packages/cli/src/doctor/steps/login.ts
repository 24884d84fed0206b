// Steps 9 and 10: logs in as an application does, and asks the server about the session.
import { type Engine, type IamTarget, parseRdsHost } from '@rds-iam/core'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import type { LoginFound, SessionFound } from '../examination.ts'
import { faultOf, StepFault } from '../step.ts'
import { aheadBetween } from './clock.ts'
import { loadMysql2, loadPg } from './drivers.ts'

/** A client that is logged in. */
export interface Client {
  ask(): Promise<SessionFound>
  close(): void
}

interface LoggedIn extends Client {
  readonly found: LoginFound
}

export function logIn(engine: Engine, target: IamTarget, limitMs: number): Promise<LoggedIn> {
  return engine === 'postgres' ? logInByPg(target, limitMs) : logInByMysql2(target, limitMs)
}

const POSTGRES_FACTS = `SELECT current_user AS "user", current_database() AS database,
  current_setting('server_version') AS version, extract(epoch FROM clock_timestamp()) AS now,
  pg_is_in_recovery() AS "readOnly",
  (SELECT s.version || ', ' || s.cipher FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid() AND s.ssl) AS tls`

/** Aurora DSQL documents neither replicas nor pg_stat_ssl, and accepts only connections over TLS. */
const DSQL_FACTS = `SELECT current_user AS "user", current_database() AS database,
  split_part(version(), ' ', 2) AS version, extract(epoch FROM clock_timestamp()) AS now,
  false AS "readOnly", 'TLS, which Aurora DSQL requires' AS tls`

async function logInByPg(target: IamTarget, connectionTimeoutMillis: number): Promise<LoggedIn> {
  const { module, name: driver, ofProject } = await loadPg()
  const config = iamPgConfig(target)
  const facts = parseRdsHost(config.host)?.kind === 'dsql' ? DSQL_FACTS : POSTGRES_FACTS
  const client = new module.Client({
    application_name: 'rds-iam doctor',
    ...config,
    connectionTimeoutMillis,
  })
  client.on('error', () => {}) // the next step reports later errors
  await client.connect().catch((error: unknown) => {
    throw rejected(error, driver, ofProject)
  })
  return {
    found: { driver, ofProject, tokenSent: true },
    async ask() {
      const start = Date.now()
      const { rows } = await client.query(facts)
      const [{ user, database, version, tls, now, readOnly }] = rows
      return {
        user,
        database,
        version: `PostgreSQL ${version}`,
        tls: tls ?? undefined,
        readOnly,
        aheadMs: aheadBetween(start, Date.now(), Number(now) * 1000),
      }
    },
    close: () => void client.end().catch(() => {}),
  }
}

async function logInByMysql2(target: IamTarget, connectTimeout: number): Promise<LoggedIn> {
  const { module, name: driver, ofProject } = await loadMysql2()
  const connection = await module
    .createConnection({ ...iamMysql2Config(target), connectTimeout })
    .catch((error: unknown) => {
      throw rejected(error, driver, ofProject)
    })
  connection.on('error', () => {})
  return {
    found: { driver, ofProject, tokenSent: true },
    async ask() {
      const start = Date.now()
      const [facts] = await connection.query(
        // A reader of Aurora has innodb_read_only, other replicas have read_only.
        'SELECT current_user() AS user, database() AS db, version() AS version, unix_timestamp(sysdate(6)) AS now, @@read_only + @@innodb_read_only AS readOnly',
      )
      const end = Date.now()
      const [status] = await connection.query(
        "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')",
      )
      const [{ now }] = Object(facts)
      return { ...mysqlSession(facts, status), aheadMs: aheadBetween(start, end, Number(now) * 1000) }
    },
    close: () => connection.destroy(),
  }
}

/** The findings in the rows. */
export function mysqlSession(facts: unknown, status: unknown): Omit<SessionFound, 'aheadMs'> {
  const [{ user, db, version, readOnly }] = Object(facts)
  const tls = Object(status)
    .map(({ Value }: { Value: unknown }) => Value)
    .filter(Boolean)
    .reverse() // the version first
    .join(', ')
  const [number, fork] = String(version).split('-')
  return {
    user,
    database: db ?? undefined,
    version: `${fork === 'MariaDB' ? fork : 'MySQL'} ${number}`,
    tls: tls || undefined,
    readOnly: Number(readOnly) > 0,
  }
}

/** The bindings add `iam` to the error if the server refused the token. */
function rejected(error: unknown, driver: string, ofProject: boolean): StepFault {
  const { code, message } = faultOf(error)
  const tokenSent = 'iam' in Object(error)
  return new StepFault(code, message, { driver, ofProject, tokenSent })
}
