// Stand-ins for tools that read DATABASE_URL: each reads it as the tool of its name does, logs in, and says who it is.
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const HEAD = `#!/usr/bin/env node
const load = require('node:module').createRequire(${JSON.stringify(join(import.meta.dirname, 'package.json'))})

async function logInToMysql(options) {
  const connection = await load('mysql2/promise').createConnection(options)
  const [[{ name }]] = await connection.query("SELECT substring_index(user(), '@', 1) AS name")
  await connection.end()
  console.log(name)
}

async function logInToPostgres(options) {
  const client = new (load('pg').Client)(options)
  await client.connect()
  const { rows } = await client.query('SELECT current_user AS name')
  await client.end()
  console.log(rows[0].name)
}

const href = process.env.DATABASE_URL
const url = new URL(href)
`

/** Its engines: https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments, …/mysql#arguments */
const PRISMA = `
const { sslcert, sslaccept } = Object.fromEntries(url.searchParams)
if (sslaccept !== 'strict') throw new Error('it verifies nothing')
const ca = require('node:fs').readFileSync(sslcert, 'utf8')
const options = {
  host: url.hostname,
  port: Number(url.port),
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
  database: url.pathname.slice(1),
}
if (url.protocol === 'mysql:') logInToMysql({ ...options, ssl: { ca, verifyIdentity: true }, enableCleartextPlugin: true })
else logInToPostgres({ ...options, ssl: { ca } })
`

/** It hands the URL to the driver as it is. */
const DRIZZLE_KIT = `
if (url.protocol === 'mysql:') logInToMysql(href)
else logInToPostgres({ connectionString: href })
`

/** A project that has them installed, in a folder of its own. */
export function createProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
  writeFileSync(join(project, 'package.json'), '{"private":true}')
  const bin = join(project, 'node_modules/.bin')
  mkdirSync(bin, { recursive: true })
  for (const [name, code] of Object.entries({ prisma: PRISMA, 'drizzle-kit': DRIZZLE_KIT })) {
    writeFileSync(join(bin, name), HEAD + code)
    chmodSync(join(bin, name), 0o755)
  }
  return project
}
