// The client for MySQL and MariaDB: over Prisma's mariadb adapter, logged in by IAM.
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { PrismaClient } from './generated/mysql/client.ts'

export const prisma: PrismaClient = new PrismaClient({ adapter: iamMariaDb() })
