import { describe, expect, it } from 'vitest'
import { readsOptionsFile } from '../src/exec/options-file.ts'
import { readerFor } from '../src/exec/reader.ts'

describe('who reads DATABASE_URL', () => {
  it.each([
    ['prisma migrate deploy', 'postgres', 'prisma'],
    ['npx prisma@7 db push', 'mysql', 'prisma'],
    ['npx --yes prisma migrate deploy', 'mysql', 'prisma'],
    ['pnpm exec prisma studio', 'postgres', 'prisma'],
    ['node_modules/.bin/prisma.CMD migrate deploy', 'postgres', 'prisma'],
    ['npx drizzle-kit push', 'postgres', 'libpq'],
    ['npx drizzle-kit push', 'mysql', 'mysql2'],
    ['psql --command prisma', 'postgres', 'prisma'],
    ['pg_dump --schema-only app', 'postgres', 'libpq'],
    ['node prisma-like.js', 'mysql', 'mysql'],
    ['mysqldump app', 'mysql', 'mysql'],
  ] as const)('of %s on %s is %s', (command, engine, reader) => {
    expect(readerFor(command.split(' '), engine)).toBe(reader)
  })
})

describe('an options file', () => {
  it.each(['mysql', 'mariadb', '/usr/bin/mysqldump', 'mariadb-dump', String.raw`C:\MySQL\bin\mysql.EXE`])(
    'is for %s',
    (program) => expect(readsOptionsFile(program)).toBe(true),
  )

  it.each(['mysqlsh', 'mysqld', 'mydumper', 'psql'])('is not for %s', (program) =>
    expect(readsOptionsFile(program)).toBe(false),
  )
})
