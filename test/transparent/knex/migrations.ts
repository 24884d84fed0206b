// Knex's migrations and seeds.
import { fileURLToPath } from 'node:url'
import type { Knex } from 'knex'
import { failureOf } from '../shown.ts'
import type { Scenario } from './open.ts'

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const migrations: Knex.MigratorConfig = { directory: folder('migrations'), loadExtensions: ['.mjs'] }

interface Migration {
  readonly name?: string
  readonly file?: string
}

/** The names of the migrations, without folders and times. */
async function listed(db: Knex): Promise<unknown> {
  const [done, pending]: Migration[][] = await db.migrate.list()
  return { done: done?.map(({ name }) => name), pending: pending?.map(({ file }) => file) }
}

const fileNames = ([batch, files]: [number, string[]]): unknown => ({
  batch,
  files: files.map((file) => file.replace(/^.*[\\/]/, '')),
})

export const migrationScenarios: Record<string, Scenario> = {
  'runs migrations to the latest, and shows their state': async ({ open }) => {
    const db = open({ migrations })
    return {
      before: await listed(db),
      statusBefore: await db.migrate.status(),
      latest: fileNames(await db.migrate.latest()),
      after: await listed(db),
      again: fileNames(await db.migrate.latest()),
      version: await db.migrate.currentVersion(),
      status: await db.migrate.status(),
      table: await db('knex_migrations').select('id', 'name', 'batch'),
      lock: await db('knex_migrations_lock').select('is_locked'),
      columns: await db('users').columnInfo(),
    }
  },

  'migrates up and down one by one, and rolls back batches': async ({ open }) => {
    const db = open({ migrations })
    return {
      up: fileNames(await db.migrate.up()),
      upAgain: fileNames(await db.migrate.up()),
      down: fileNames(await db.migrate.down()),
      latest: fileNames(await db.migrate.latest()),
      rolledBack: fileNames(await db.migrate.rollback()),
      left: await listed(db),
      allBack: fileNames(await db.migrate.rollback(undefined, true)),
      tables: [await db.schema.hasTable('users'), await db.schema.hasTable('orders')],
    }
  },

  'runs migrations from code, with its own table and schema': async ({ engine, open }) => {
    const migrationSource: Knex.MigrationSource<string> = {
      getMigrations: async () => ['first', 'second'],
      getMigrationName: (name) => name,
      getMigration: async (name) => ({
        up: (knex) => knex.schema.createTable(name, (table) => table.integer('n')),
        down: (knex) => knex.schema.dropTable(name),
      }),
    }
    const db = open({ migrations: { migrationSource, tableName: 'ran' } })
    const [batch, names] = await db.migrate.latest()
    const own =
      engine === 'postgres' ? open({ migrations: { migrationSource, schemaName: 'apart' } }) : undefined
    if (own) await own.raw('CREATE SCHEMA apart')
    return {
      batch,
      names,
      ran: await db('ran').pluck('name'),
      apart: own && (await failureOf(() => own.migrate.latest())),
      version: await db.migrate.currentVersion(),
    }
  },

  'stops at a failing migration, and rolls it back': async ({ open }) => {
    const migrationSource: Knex.MigrationSource<string> = {
      getMigrations: async () => ['good', 'bad'],
      getMigrationName: (name) => name,
      getMigration: async (name) => ({
        up: async (knex) => {
          await knex.schema.createTable(name, (table) => table.integer('n'))
          if (name === 'bad') await knex.raw('SELECT nothing FROM nowhere')
        },
        down: async () => {},
      }),
    }
    const db = open({ migrations: { migrationSource } })
    return {
      failure: await failureOf(() => db.migrate.latest()),
      tables: [await db.schema.hasTable('good'), await db.schema.hasTable('bad')],
      locked: await db('knex_migrations_lock').pluck('is_locked'),
      recorded: await db('knex_migrations').pluck('name'),
    }
  },

  'lets only one of several instances migrate at once': async ({ open }) => {
    const dbs = [open({ migrations }), open({ migrations }), open({ migrations })]
    await dbs[0]?.migrate.latest()
    await dbs[0]?.migrate.rollback()
    await dbs[0]?.('knex_migrations_lock').update({ is_locked: 1 })
    const failures = await Promise.all(dbs.map((db) => failureOf(() => db.migrate.latest())))
    await dbs[0]?.migrate.forceFreeMigrationsLock()
    return { failures, latest: await dbs[0]?.migrate.latest().then(fileNames) }
  },

  'runs seeds': async ({ open }) => {
    const db = open({ migrations, seeds: { directory: folder('seeds'), loadExtensions: ['.mjs'] } })
    await db.migrate.latest()
    const ran = await db.seed.run()
    return {
      ran: ran.map((files) => files.map((file: string) => file.replace(/^.*[\\/]/, ''))),
      users: await db('users').select('email', 'settings').orderBy('id'),
    }
  },
}
