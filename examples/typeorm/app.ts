// Logs in to RDS by IAM through TypeORM and asks the database for the time.
// Which database, and as whom: DATABASE_URL=postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app
import { engineOf } from '@rds-iam/core'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import { DataSource } from 'typeorm'

const dataSource = new DataSource(iamDataSourceOptions({ type: engineOf() ?? 'postgres' }))

await dataSource.initialize()
try {
  const [row] = await dataSource.query<{ now: Date }[]>('SELECT now() AS now')
  console.log(row?.now.toISOString())
} finally {
  await dataSource.destroy()
}
