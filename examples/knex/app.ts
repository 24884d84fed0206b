// Logs in to RDS by IAM through Knex and asks the database for the time.
// Which database, and as whom: DATABASE_URL=postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app
import { engineOf } from '@rds-iam/core'
import { iamConnection } from '@rds-iam/knex'
import knex from 'knex'

const db = knex({
  client: engineOf() === 'mysql' ? 'mysql2' : 'pg',
  connection: iamConnection(),
})

try {
  const [row] = await db.select<{ now: Date }[]>(db.raw('now() AS now'))
  console.log(row?.now.toISOString())
} finally {
  await db.destroy()
}
