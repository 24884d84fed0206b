import { iamConnection } from '@rds-iam/knex'
import type { Enter } from '../contender.ts'
import { onKnex } from '../knex.ts'

export const enter: Enter = ({ host, port, user, database, ca }) =>
  onKnex('pg', iamConnection({ engine: 'postgres', host, port, user, database, ssl: { ca } }))
