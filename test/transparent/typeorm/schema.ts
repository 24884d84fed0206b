// TypeORM's migrations and synchronization, and how it reads a schema.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm'
import { failureOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import { Notes } from './notes.ts'
import type { Scenario } from './open.ts'

class Users1704067200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      { name: 'id', type: 'int', isPrimary: true },
      { name: 'email', type: 'varchar', length: '80', isUnique: true },
    ]
    await runner.createTable(new Table({ name: 'users', columns }))
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('users')
  }
}

class Broken1704240000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO users (nothing) VALUES (1)')
  }
  async down(): Promise<void> {}
}

const migrations = [Users1704067200000]

export const schemaScenarios: Record<string, Scenario> = {
  'runs and reverts migrations': async ({ open }) => {
    const dataSource = await open({ migrations, migrationsTableName: 'ran' })
    const ran = await dataSource.runMigrations()
    const pending = await dataSource.showMigrations()
    await dataSource.undoLastMigration()
    return {
      ran: ran.map(({ name }) => name),
      pending,
      hasTable: await dataSource.createQueryRunner().hasTable('users'),
      recorded: await dataSource.query('SELECT id, name FROM ran ORDER BY id'),
    }
  },

  'runs migrations while it is initialized, and stops at a broken one': async ({ make }) => {
    const logger = new Notes()
    const good = await make({ migrations, migrationsRun: true }).initialize()
    const broken = make({ migrations: [...migrations, Broken1704240000000], migrationsRun: true, logger })
    return {
      rows: await good.query('SELECT count(*) AS n FROM migrations'),
      failure: await failureOf(() => broken.initialize()),
      initialized: broken.isInitialized,
      logged: logger.lines,
    }
  },

  'synchronizes, and reads the schema of its database': async ({ type, database, open }) => {
    const dataSource = await open({ entities: [WordEntity] })
    const changes = () => dataSource.driver.createSchemaBuilder().log()
    const before = await changes()
    await dataSource.synchronize()
    const after = await changes()
    const runner = dataSource.createQueryRunner()
    try {
      return {
        before,
        after,
        columns: (await runner.getTable('word'))?.columns.map(({ name, length }) => [name, length]).sort(), // the server gives no order
        database: await runner.getCurrentDatabase(),
        schema: type === 'postgres' && (await runner.getCurrentSchema()),
        has: [await runner.hasDatabase(database), await runner.hasTable('nothing')],
        dropped: await dataSource.dropDatabase(),
      }
    } finally {
      await runner.release()
    }
  },
}

/** Scenarios that only PostgreSQL supports. */
export const postgresSchemaScenarios: Record<string, Scenario> = {
  'keeps its tables in a separate schema': async ({ open }) => {
    const first = await open()
    await first.query('CREATE SCHEMA apart')
    const dataSource = await open({
      entities: [WordEntity],
      synchronize: true,
      schema: 'apart',
      extra: { options: '-c search_path=apart' },
    })
    return {
      tables: await first.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'apart' ORDER BY 1",
      ),
      path: await dataSource.query('SHOW search_path'),
      schema: Object(dataSource.driver).schema,
      searchSchema: Object(dataSource.driver).searchSchema,
      rows: await dataSource.getRepository('Word').find(),
    }
  },
}
