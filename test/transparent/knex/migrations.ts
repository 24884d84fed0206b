// Knex's migrations.
import type { Knex } from 'knex'
import { failureOf } from '../shown.ts'
import type { Scenario } from './open.ts'

const source = (names: string[]): Knex.MigrationSource<string> => ({
  getMigrations: async () => names,
  getMigrationName: (name) => name,
  getMigration: async (name) => ({
    up: async (knex) => {
      await knex.schema.createTable(name, (table) => table.integer('n'))
      if (name === 'bad') await knex.raw('SELECT nothing FROM nowhere')
    },
    down: (knex) => knex.schema.dropTable(name),
  }),
})

export const migrationScenarios: Record<string, Scenario> = {
  'runs migrations, stops at a failing one, and rolls back': async ({ open }) => {
    const db = open({ migrations: { migrationSource: source(['first', 'second']) } })
    const latest = await db.migrate.latest()
    const bad = open({ migrations: { migrationSource: source(['first', 'second', 'bad']) } })
    return {
      latest,
      failure: await failureOf(() => bad.migrate.latest()),
      locked: await db('knex_migrations_lock').pluck('is_locked'),
      recorded: await db('knex_migrations').pluck('name'),
      columns: await db('second').columnInfo(),
      rolledBack: await db.migrate.rollback(),
      tables: [await db.schema.hasTable('first'), await db.schema.hasTable('second')],
    }
  },
}
