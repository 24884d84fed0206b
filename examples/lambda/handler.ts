// A Lambda function that logs in to RDS by IAM and asks the database for the time.
// Which database, and as whom: DATABASE_URL=postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app
import { engineOf } from '@rds-iam/core'
import { iamConnection } from '@rds-iam/knex'
import knex from 'knex'

// Outside the handler, so that the next invocation uses the same connection.
const db = knex({
  client: engineOf() === 'mysql' ? 'mysql2' : 'pg',
  connection: iamConnection(),
  pool: { min: 0, max: 1 },
})

export async function handler(): Promise<string | undefined> {
  const [row] = await db.select<{ now: Date }[]>(db.raw('now() AS now'))
  return row?.now.toISOString()
}
