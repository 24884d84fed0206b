import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import type { Enter } from '../contender.ts'
import { onMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) => {
  const config = iamMariaDbConfig({ host, port, user, database, connectTimeout: 60_000, ssl: { ca } })
  return onMariaDb(() => config)
}
