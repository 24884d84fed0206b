import { iamConnection } from '@rds-iam/knex'
import type { Enter } from '../contender.ts'
import { onKnexMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) =>
  onKnexMysql2(iamConnection({ engine: 'mysql', host, port, user, database, ssl: { ca } }))
