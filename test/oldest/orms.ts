// The ORMs at the oldest versions that are supported, on drivers at theirs: see this folder's own package.json.
import * as prismaMariaDb from '@prisma/adapter-mariadb'
import * as prismaPg from '@prisma/adapter-pg'
import knex from 'knex'
import { DataSource } from 'typeorm'
import { DataSource as DataSourceForMysql2 } from 'typeorm-for-mysql2'
import type { Orms } from '../stacks.ts'
import { PrismaClient as PrismaMysql } from './generated/mysql/client.ts'
import { PrismaClient as PrismaPostgres } from './generated/postgres/client.ts'

// What the tests use of each is there in all its versions, though their types differ.
const shared: unknown = { knex, PrismaPostgres, PrismaMysql }
const dataSources: Record<'postgres' | 'mysql', unknown> = {
  postgres: DataSource,
  mysql: DataSourceForMysql2, // 0.3.12 is the first that asks for mysql2 3, which knows authentication plugins
}

export function oldestOrms(engine: 'postgres' | 'mysql'): Orms {
  return { ...(shared as Omit<Orms, 'DataSource'>), DataSource: dataSources[engine] as Orms['DataSource'] }
}

/** What @rds-iam/prisma finds in a project that has these versions. */
export const oldestAdapters = { prismaPg, prismaMariaDb }
