// The client for PostgreSQL. It logs in by IAM through Prisma's pg adapter.
import { iamPg } from '@rds-iam/prisma/pg'
import { PrismaClient } from './generated/postgres/client.ts'

export const prisma: PrismaClient = new PrismaClient({ adapter: iamPg() })
