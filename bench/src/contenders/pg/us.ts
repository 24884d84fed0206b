import { iamPgConfig } from '@rds-iam/core/pg'
import type { Enter } from '../contender.ts'
import { onPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) => {
  const config = iamPgConfig({ host, port, user, database, ssl: { ca } })
  return onPg(() => config)
}
