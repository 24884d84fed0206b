// Logs in through TypeORM on PostgreSQL, with our options or plain ones. Prints the user or the error.
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import { DataSource } from 'typeorm'

const [options] = process.argv.slice(2)

async function user(): Promise<string> {
  const db = new DataSource(
    options === 'ours' ? iamDataSourceOptions({ type: 'postgres' }) : { type: 'postgres', host: 'localhost' },
  )
  await db.initialize()
  const [row] = await db.query('SELECT current_user AS user')
  await db.destroy()
  return row.user
}

console.log(await user().catch((error) => error.message))
