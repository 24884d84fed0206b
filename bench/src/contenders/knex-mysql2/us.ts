import { iamConnection } from '@rds-iam/knex'
import type { Enter } from '../contender.ts'
import { onKnex } from '../knex.ts'

export const enter: Enter = ({ host, port, user, database, ca }) =>
  onKnex('mysql2', iamConnection({ engine: 'mysql', host, port, user, database, ssl: { ca } }))
