import { iamDataSourceOptions } from '@rds-iam/typeorm'
import type { Enter } from '../contender.ts'
import { onTypeOrmMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) => {
  const options = iamDataSourceOptions({
    type: 'mysql',
    host,
    port,
    username: user,
    database,
    ssl: { ca },
  })
  return onTypeOrmMysql2((poolSize) => ({ ...options, poolSize }))
}
