// Starts a local RDS and a proxy to it, and examines it with the doctor. Must then end by itself.
import { startLocalRds } from '@rds-iam/local'
import { startProxy } from '@rds-iam/proxy'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { diagnose } from 'rds-iam'

const engine = process.argv[2] === 'mysql' ? 'mysql' : 'postgres'
const rds = await startLocalRds({ engine })
try {
  Object.assign(process.env, rds.env)
  const proxy = await startProxy()
  await (engine === 'mysql' ? onMysql : onPostgres)(proxy.url)
  await proxy.stop()
  console.log(`proxy: ${rds.verdicts.map(({ reason }) => reason)}`)
  const { ok } = await diagnose()
  console.log(`doctor: ${ok}`)
} finally {
  await rds.stop()
}

async function onPostgres(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('SELECT 1')
  await client.end()
}

async function onMysql(url: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query('SELECT 1')
  await connection.end()
}
