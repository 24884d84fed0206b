import { iamPg } from '@rds-iam/prisma/pg'
import type { Enter } from '../contender.ts'
import { onPrismaPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, ca }) =>
  onPrismaPg((max) => iamPg({ host, port, user, database, ssl: { ca }, max }))
