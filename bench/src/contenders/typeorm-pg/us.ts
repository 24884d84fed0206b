import { iamDataSourceOptions } from '@rds-iam/typeorm'
import type { Enter } from '../contender.ts'
import { onTypeOrmPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) => {
  const options = iamDataSourceOptions({
    type: 'postgres',
    host,
    port,
    username: user,
    database,
    ssl: { ca },
  })
  return onTypeOrmPg((poolSize) => ({ ...options, poolSize }))
}
