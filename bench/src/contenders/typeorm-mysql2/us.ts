import { iamDataSourceOptions } from '@rds-iam/typeorm'
import type { Enter } from '../contender.ts'
import { onTypeOrm } from '../typeorm.ts'

export const enter: Enter = ({ host, port, user, database, ca }) => {
  const options = iamDataSourceOptions({
    type: 'mysql',
    host,
    port,
    username: user,
    database,
    ssl: { ca },
  })
  return onTypeOrm((poolSize) => ({ ...options, poolSize }))
}
