// The ORMs at the oldest versions that are supported, on drivers at theirs: see this folder's own package.json.
import * as prismaMariaDb from '@prisma/adapter-mariadb'
import * as prismaPg from '@prisma/adapter-pg'
import knex from 'knex'
import { DataSource } from 'typeorm'
import type { Orms } from '../../support/stacks.ts'
import { PrismaClient as PrismaMysql } from './generated/mysql/client.ts'
import { PrismaClient as PrismaPostgres } from './generated/postgres/client.ts'

// What the tests use of each is there in all its versions, though their types differ.
const all: unknown = { knex, DataSource, PrismaPostgres, PrismaMysql }

export const oldestOrms: Orms = all as Orms

/** What @rds-iam/prisma finds in a project that has these versions. */
export const oldestAdapters = { prismaPg, prismaMariaDb }
