import { iamMysql2Config } from '@rds-iam/core/mysql2'
import type { Enter } from '../contender.ts'
import { onMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) => {
  const config = iamMysql2Config({ host, port, user, database, ssl: { ca } })
  return onMysql2(() => config)
}
