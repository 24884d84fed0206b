// The client for PostgreSQL: over Prisma's pg adapter, logged in by IAM.
import { iamPg } from '@rds-iam/prisma/pg'
import { PrismaClient } from './generated/postgres/client.ts'

export const prisma: PrismaClient = new PrismaClient({ adapter: iamPg() })
