// The tables of the Prisma schemas, as Prisma Migrate would create them.
import type { Engine } from '../servers.ts'

/** The statements that create the tables, in order. */
export function tables(engine: Engine): string[] {
  const postgres = engine === 'postgres'
  const id = postgres ? 'serial PRIMARY KEY' : 'int NOT NULL AUTO_INCREMENT PRIMARY KEY'
  const timestamp = postgres ? 'timestamp(3)' : 'datetime(3)'
  const role = postgres ? '"Role"' : "ENUM('USER', 'ADMIN')"
  const references = (name: string, column: string, of: string, onDelete: string): string =>
    `CONSTRAINT "${name}" FOREIGN KEY ("${column}") REFERENCES "${of}" ("id") ON DELETE ${onDelete} ON UPDATE CASCADE`
  const statements = [
    ...(postgres ? [`CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN')`] : []),
    `CREATE TABLE "User" ("id" ${id}, "email" varchar(80) NOT NULL, "name" varchar(20), "role" ${role} NOT NULL DEFAULT 'USER',
      CONSTRAINT "User_email_key" UNIQUE ("email"))`,
    `CREATE TABLE "Profile" ("id" ${id}, "bio" varchar(191) NOT NULL, "userId" int NOT NULL,
      CONSTRAINT "Profile_userId_key" UNIQUE ("userId"), ${references('Profile_userId_fkey', 'userId', 'User', 'RESTRICT')})`,
    `CREATE TABLE "Post" ("id" ${id}, "title" varchar(60) NOT NULL, "views" int NOT NULL DEFAULT 0, "authorId" int NOT NULL,
      ${references('Post_authorId_fkey', 'authorId', 'User', 'RESTRICT')})`,
    `CREATE TABLE "Tag" ("id" ${id}, "word" varchar(20) NOT NULL, CONSTRAINT "Tag_word_key" UNIQUE ("word"))`,
    `CREATE TABLE "_PostToTag" ("A" int NOT NULL, "B" int NOT NULL, PRIMARY KEY ("A", "B"),
      ${references('_PostToTag_A_fkey', 'A', 'Post', 'CASCADE')}, ${references('_PostToTag_B_fkey', 'B', 'Tag', 'CASCADE')})`,
    `CREATE TABLE "Sample" ("id" int NOT NULL PRIMARY KEY, "big" bigint, "exact" decimal(20, 5), "rough" double precision,
      "moment" ${timestamp}, "json" ${postgres ? 'jsonb' : 'json'}, "bytes" ${postgres ? 'bytea' : 'longblob'}, "flag" boolean, "text" text)`,
  ]
  return postgres ? statements : statements.map((statement) => statement.replaceAll('"', '`'))
}
