// Migration tools and Prisma Studio under `rds-iam exec`, configured only by DATABASE_URL, as in their documentation.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { iamPgConfig } from '@rds-iam/core/pg'
import type { LocalRds } from '@rds-iam/local'
import pg from 'pg'
import { expect, it, vi } from 'vitest'
import { freePort } from '../../packages/local/src/servers/server.ts'
import { ended, ROOT } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'
import { useFolder } from '../support/folder.ts'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'

const cli = usePackedCli()
const rds = useLocalRds({ engine: 'postgres' })

const folder = useFolder()

interface Tool {
  readonly name: string
  /** The packages in its node_modules, because a tool may choose its driver by what is installed. */
  readonly packages: readonly string[]
  readonly files: Readonly<Record<string, string>>
  readonly command: readonly string[]
  /** The table that it creates. */
  readonly table: string
}

const drizzle = (driver: string, table: string): Tool => ({
  name: `drizzle-kit push, with ${driver}`,
  packages: ['drizzle-kit', 'drizzle-orm', driver],
  files: {
    'schema.ts': `import { integer, pgTable } from 'drizzle-orm/pg-core'
      export const made = pgTable('${table}', { id: integer() })`,
    'drizzle.config.ts': `export default {
      dialect: 'postgresql', schema: './schema.ts', tablesFilter: ['${table}'],
      dbCredentials: { url: process.env.DATABASE_URL },
    }`,
  },
  command: ['drizzle-kit', 'push', '--force'],
  table,
})

const tools: readonly Tool[] = [
  drizzle('pg', 'by_drizzle_pg'),
  drizzle('postgres', 'by_drizzle_postgres'),
  {
    name: 'sequelize-cli',
    packages: ['sequelize-cli', 'sequelize', 'pg'],
    files: {
      'config/config.json':
        '{ "development": { "use_env_variable": "DATABASE_URL", "dialect": "postgres" } }',
      'migrations/1-made.js': `module.exports = {
        up: (queries, { INTEGER }) => queries.createTable('by_sequelize', { id: { type: INTEGER, primaryKey: true } }),
      }`,
    },
    command: ['sequelize-cli', 'db:migrate'],
    table: 'by_sequelize',
  },
  {
    name: 'knex',
    packages: ['knex', 'pg'],
    files: {
      'knexfile.js': `module.exports = { client: 'pg', connection: process.env.DATABASE_URL }`,
      'migrations/1_made.js': `exports.up = ({ schema }) => schema.createTable('by_knex', (made) => made.integer('id'))
        exports.down = () => {}`,
    },
    command: ['knex', 'migrate:latest'],
    table: 'by_knex',
  },
  {
    name: 'the CLI of TypeORM',
    packages: ['typeorm', 'pg', 'reflect-metadata'],
    files: {
      'data-source.cjs': `const { DataSource } = require('typeorm')
        class Made1700000000000 {
          up(runner) { return runner.query('CREATE TABLE by_typeorm (id int)') }
          down() {}
        }
        module.exports = new DataSource({
          type: 'postgres', url: process.env.DATABASE_URL, migrations: [Made1700000000000],
        })`,
    },
    command: ['typeorm', 'migration:run', '-d', 'data-source.cjs'],
    table: 'by_typeorm',
  },
  {
    name: 'node-pg-migrate',
    packages: ['node-pg-migrate', 'pg'],
    files: {
      'migrations/1_made.cjs': `exports.up = (pgm) => pgm.createTable('by_node_pg_migrate', { id: 'id' })`,
    },
    command: ['node-pg-migrate', 'up'],
    table: 'by_node_pg_migrate',
  },
  {
    name: 'kysely-ctl',
    packages: ['kysely-ctl', 'kysely', 'pg'],
    files: {
      'kysely.config.ts': `import { defineConfig } from 'kysely-ctl'
        import pg from 'pg'
        export default defineConfig({
          dialect: 'pg',
          dialectConfig: { pool: new pg.Pool({ connectionString: process.env.DATABASE_URL }) },
        })`,
      'migrations/1_made.ts': `export const up = (db) => db.schema.createTable('by_kysely').addColumn('id', 'integer').execute()`,
    },
    command: ['kysely', 'migrate:latest'],
    table: 'by_kysely',
  },
  {
    name: 'dbmate',
    packages: ['dbmate'],
    files: {
      'db/migrations/1_made.sql': '-- migrate:up\nCREATE TABLE by_dbmate (id int);\n-- migrate:down\n',
    },
    command: ['dbmate', '--no-dump-schema', 'up'],
    table: 'by_dbmate',
  },
]

async function projectOf({ name, packages, files }: Tool): Promise<string> {
  const project = join(folder, name.replaceAll(/\W+/g, '-'))
  for (const each of packages) {
    const link = join(project, 'node_modules', each)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(ROOT, 'test/node_modules', each), link)
  }
  const all = { 'package.json': '{ "name": "migrations", "private": true }', ...files }
  for (const [file, text] of Object.entries(all)) {
    await mkdir(dirname(join(project, file)), { recursive: true })
    await writeFile(join(project, file), text)
  }
  return project
}

const bin = (program: string): string => join(ROOT, 'test/node_modules/.bin', program)

async function hasTable(local: LocalRds, table: string): Promise<boolean> {
  enter(local)
  const client = new pg.Client(iamPgConfig())
  await client.connect()
  const { rowCount } = await client.query('SELECT 1 FROM pg_tables WHERE tablename = $1', [table])
  await client.end()
  return rowCount === 1
}

it.each(tools)('$name', async (tool) => {
  const cwd = await projectOf(tool)
  const [program = '', ...args] = tool.command
  const verdicts = await verdictsOf(rds(), async () => {
    const { code, output, errors } = await cli().run(['exec', '--', bin(program), ...args], {
      env: rds().env,
      cwd,
    })
    expect(code, output + errors).toBe(0)
    expect(output + errors).not.toContain('X-Amz-')
  })
  expect(new Set(verdicts.map(({ reason }) => reason))).toEqual(new Set(['admitted']))
  expect(await hasTable(rds(), tool.table)).toBe(true)
})

it('Prisma Studio', async () => {
  const cwd = await projectOf({ name: 'studio', packages: [], files: {}, command: [], table: '' })
  const port = await freePort()
  const studio = `exec ${bin('prisma')} studio --browser none --port ${port} --url "$DATABASE_URL"`
  const env = { ...rds().env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  const child = cli().start(['exec', '--', 'sh', '-c', studio], { cwd, env })
  const end = ended(child)
  const answer = async (): Promise<Response | undefined> =>
    fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
  const page = await vi.waitUntil(answer, { timeout: 50_000, interval: 100 })
  expect(page.status).toBe(200)
  const query = { sql: 'SELECT current_user AS name', parameters: [] }
  const verdicts = await verdictsOf(rds(), async () => {
    const response = await fetch(`http://127.0.0.1:${port}/bff`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ procedure: 'query', query }),
    })
    expect(await response.text()).toContain('iam_user')
  })
  expect(verdicts).toMatchObject([{ reason: 'admitted' }])
  child.kill('SIGINT')
  await end
})
