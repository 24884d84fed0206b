import { iamConnection } from '@rds-iam/knex'
import type { Enter } from '../contender.ts'
import { onKnexPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) =>
  onKnexPg(iamConnection({ engine: 'postgres', host, port, user, database, ssl: { ca } }))
