// The client for MySQL and MariaDB. It logs in by IAM through Prisma's mariadb adapter.
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { PrismaClient } from './generated/mysql/client.ts'

export const prisma: PrismaClient = new PrismaClient({ adapter: iamMariaDb() })
