// The oldest supported versions of the ORMs and drivers: see package.json in this folder.
import * as prismaMariaDb from '@prisma/adapter-mariadb'
import * as prismaPg from '@prisma/adapter-pg'
import knex from 'knex'
import { DataSource } from 'typeorm'
import type { Orms } from '../../support/stacks.ts'
import { PrismaClient as PrismaMysql } from './generated/mysql/client.ts'
import { PrismaClient as PrismaPostgres } from './generated/postgres/client.ts'

// The parts that the tests use exist in all versions, although their types differ.
const all: unknown = { knex, DataSource, PrismaPostgres, PrismaMysql }

export const oldestOrms: Orms = all as Orms

/** What @rds-iam/prisma finds in a project with these versions. */
export const oldestAdapters = { prismaPg, prismaMariaDb }
