import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import type { Enter } from '../contender.ts'
import { onPrismaMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) =>
  onPrismaMariaDb((connectionLimit) =>
    iamMariaDb({ host, port, user, database, ssl: { ca }, connectionLimit }),
  )
