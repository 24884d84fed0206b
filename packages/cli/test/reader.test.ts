import { describe, expect, it, vi } from 'vitest'
import { exec } from '../src/exec/index.ts'
import { readsOptionsFile } from '../src/exec/options-file.ts'
import { readerFor } from '../src/exec/reader.ts'
import { UsageError } from '../src/failure.ts'

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

  it.each(['a flag', 'the environment'])(
    'may have no word for an address to dial, given by %s',
    async (way) => {
      const url = 'postgres://jane_doe@db.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app'
      const via = 'localhost:15432'
      vi.stubEnv('RDS_IAM_VIA', way === 'the environment' ? via : undefined)
      const target = way === 'a flag' ? { url, via } : { url }
      for (const reader of [undefined, 'libpq'] as const) {
        await expect(exec(target, ['npx', 'drizzle-kit', 'push'], reader)).rejects.toThrow(
          new UsageError(
            "--via can't be told to drizzle-kit: its driver dials the host that it verifies; dial the endpoint itself",
          ),
        )
      }
    },
  )
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
