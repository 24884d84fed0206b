// The tables of the Prisma schemas, as Prisma Migrate would create them.
import type { Engine } from '../servers.ts'

/** The statements that create the tables, in order. */
export function tables(engine: Engine): string[] {
  const postgres = engine === 'postgres'
  const id = postgres ? 'serial PRIMARY KEY' : 'int NOT NULL AUTO_INCREMENT PRIMARY KEY'
  const timestamp = postgres ? 'timestamp(3)' : 'datetime(3)'
  const statements = [
    `CREATE TABLE "User" ("id" ${id}, "email" varchar(80) NOT NULL UNIQUE, "name" varchar(20))`,
    `CREATE TABLE "Tag" ("id" ${id}, "word" varchar(20) NOT NULL UNIQUE)`,
    `CREATE TABLE "Sample" ("id" int NOT NULL PRIMARY KEY, "big" bigint, "exact" decimal(20, 5), "rough" double precision,
      "moment" ${timestamp}, "json" ${postgres ? 'jsonb' : 'json'}, "bytes" ${postgres ? 'bytea' : 'longblob'}, "flag" boolean, "text" text)`,
  ]
  return postgres ? statements : statements.map((statement) => statement.replaceAll('"', '`'))
}
