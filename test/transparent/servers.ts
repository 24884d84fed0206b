// A real server with two logins: the usual one with a password, and ours with a token through a gate.
import type { Credentials } from '@rds-iam/core'
import { type LocalRds, startLocalRds } from '@rds-iam/local'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { aloneOnMysql, aloneOnPostgres } from '../support/alone.ts'
import { sharedServer } from '../support/shared.ts'

export const ENGINES = ['postgres', 'mysql'] as const
export type Engine = (typeof ENGINES)[number]

/** The server and the user are the same. Only `login` differs. */
export interface Way {
  readonly name: 'by password' | 'by token'
  readonly address: { readonly host: string; readonly port: number; readonly database: string }
  readonly user: string
  readonly login: PasswordLogin | TokenLogin
  /** A login that the server rejects. */
  readonly wrongLogin: PasswordLogin | TokenLogin
}

interface PasswordLogin {
  readonly password: string
}

interface TokenLogin {
  readonly region: string
  readonly credentials: Credentials
  readonly ca: string
}

export interface Both {
  readonly ways: readonly [plain: Way, ours: Way]
  readonly rds: LocalRds
  /** Waits until all clients have disconnected, and resets the database. */
  reset(): Promise<void>
}

const USER = 'iam_user'
const DATABASE = 'app'
const KEY = { accessKeyId: 'AKIATRANSPARENT00001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }

/** The engine's server with both logins, once the tests run. `statements` create what every scenario needs. */
export function useBoth(engine: Engine, statements: readonly string[] = []): () => Both {
  let rds: LocalRds | undefined
  let both: Both | undefined
  beforeAll(async () => {
    const { port, password } = await sharedServer(engine)
    const upstream = `${engine}://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`
    rds = await startLocalRds({ engine, upstream, keys: [KEY] })
    const { region, ca } = rds
    const address = { host: 'localhost', port, database: DATABASE }
    const plain: Way = {
      name: 'by password',
      address,
      user: USER,
      login: { password },
      wrongLogin: { password: 'wrong' },
    }
    const login = { region, ca, credentials: KEY }
    const ours: Way = {
      name: 'by token',
      address: { ...address, port: rds.port },
      user: USER,
      login,
      wrongLogin: { ...login, credentials: { ...KEY, secretAccessKey: 'wrong' } },
    }
    both = { ways: [plain, ours], rds, reset: () => resets[engine](upstream, statements) }
  })
  afterAll(async () => {
    try {
      await both?.reset()
    } finally {
      await rds?.stop()
    }
  })
  return () => {
    if (!both) throw new Error('the servers run while tests run only')
    return both
  }
}

const resets = {
  async postgres(url: string, statements: readonly string[]): Promise<void> {
    const client = new pg.Client(url)
    await client.connect()
    try {
      await aloneOnPostgres(client, USER)
      const { rows } = await client.query<{ name: string }>(
        `SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
      )
      for (const { name } of rows) await client.query(`DROP SCHEMA ${name} CASCADE`)
      await client.query('CREATE SCHEMA public')
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  },
  async mysql(url: string, statements: readonly string[]): Promise<void> {
    const connection = await createConnection(url)
    try {
      // mariadb crashes if a server hangs up during the TLS handshake.
      await aloneOnMysql(connection)
      await connection.query(`DROP DATABASE ${DATABASE}`)
      await connection.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`)
      await connection.query(`USE ${DATABASE}`)
      for (const statement of statements) await connection.query(statement)
    } finally {
      await connection.end()
    }
  },
}
